import Events
import Testing

@testable import EventHistory

@Suite(.timeLimit(.minutes(5))) struct RetentionTests {
  private let directory: TemporaryDirectory
  private let surroundings = Surroundings()

  init() throws { directory = try TemporaryDirectory() }

  @Test func whatIsTooOldIsDeletedAndTheFileShrinks() async throws {
    let day: Int64 = 86_400_000
    let log = EventLog()
    log.appendLines(20_000, time: surroundings.time)
    var history = await EventHistory.record(log, surroundings.configuration(directory))
    await history.close(within: .seconds(5))
    let before = await history.status.bytes

    surroundings.time += 31 * day
    let later = EventLog()
    later.appendLines(5, time: surroundings.time)
    history = await EventHistory.record(later, surroundings.configuration(directory))
    let events = try await history.all(HistoryQuery(limit: 1000))
    #expect(events.count == 5)
    let after = await history.status.bytes
    #expect(before > 3_000_000 && after < 200_000, "\(before) to \(after)")
    await history.close(within: .seconds(5))
  }

  @Test func theSizeIsKept() async throws {
    var configuration = surroundings.configuration(directory)
    configuration.maximumBytes = 2 << 20
    let log = EventLog()
    log.appendLines(30_000)
    let history = await EventHistory.record(log, configuration)
    let events = try await history.all(HistoryQuery(limit: 1000, order: .oldestFirst))
    // The newest are there, without a gap, and as many as fit.
    #expect(events.last?.id?.counter == 30_000)
    #expect(events.count > 3000 && events.count < 15_000)
    #expect(events.first?.id?.counter == UInt64(30_001 - events.count))
    await history.close(within: .seconds(5))
    let bytes = await history.status.bytes
    #expect(bytes <= 2 << 20)
    #expect(bytes > 1 << 20)
  }

  @Test func cursorsStayTrueWhenEverythingWasDeleted() async throws {
    let log = EventLog()
    log.appendLines(10, time: 0)
    var configuration = surroundings.configuration(directory)
    configuration.maximumAge = .seconds(1)
    let history = await EventHistory.record(log, configuration)
    #expect(try await history.page(HistoryQuery()).events.isEmpty)
    await history.close(within: .seconds(5))

    let later = EventLog()
    later.appendLines(1, time: surroundings.time)
    let again = await EventHistory.record(later, surroundings.configuration(directory))
    let event = try #require(try await again.page(HistoryQuery()).events.first)
    #expect(event.cursor.sequence == 11)
    await again.close(within: .seconds(5))
  }

  @Test func throughputIsMeasured() async throws {
    let log = EventLog()
    log.appendLines(100_000)
    let clock = ContinuousClock()
    let began = clock.now
    let history = await EventHistory.record(log, surroundings.configuration(directory))
    let took = clock.now - began
    #expect(await history.status.written == 100_000)
    let bytes = await history.status.bytes
    await history.close(within: .seconds(5))
    let reopened = clock.now
    let again = EventHistory(surroundings.configuration(directory))
    #expect(await again.open() == nil)
    print("100,000 events written in \(took), \(bytes) bytes; opened in \(clock.now - reopened)")
    await again.close(within: .seconds(5))
  }
}
