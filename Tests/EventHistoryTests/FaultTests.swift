import Events
import Foundation
import GRDB
import Testing

@testable import EventHistory

@Suite(.timeLimit(.minutes(5))) struct FaultTests {
  private let directory: TemporaryDirectory
  private let surroundings = Surroundings()

  init() throws { directory = try TemporaryDirectory() }

  /// Writes a history, damages its file, and opens it anew.
  private func damage(_ body: (inout Data) -> Void) async throws {
    let log = EventLog()
    log.appendLines(2000)
    await EventHistory.record(log, surroundings.configuration(directory)).close(within: .seconds(5))
    var data = try Data(contentsOf: URL(fileURLWithPath: directory.file))
    try #require(data.count > 300_000, "\(data.count)")
    body(&data)
    try data.write(to: URL(fileURLWithPath: directory.file))

    let later = EventLog()
    later.appendLines(3)
    let history = await EventHistory.record(later, surroundings.configuration(directory))
    #expect(try await history.all(HistoryQuery()).count == 3)
    let status = await history.status
    #expect(status.state == .recording)
    #expect(status.note?.contains("was damaged and is now \(directory.file).damaged-") == true)
    #expect(surroundings.notes == [status.note].compactMap { $0 })
    #expect(directory.damagedFiles.count == 1)
    await history.close(within: .seconds(5))
    let kept = try #require(directory.damagedFiles.first)
    // Opening may have written to its head before the damage was seen.
    let aside = try Data(contentsOf: URL(fileURLWithPath: directory.path + "/" + kept))
    #expect(aside.count == data.count && aside.suffix(4096) == data.suffix(4096))
  }

  @Test func garbageIsMovedAside() async throws {
    try await damage { $0 = Data((0..<9000).map { UInt8(truncatingIfNeeded: $0 &* 7) }) }
  }

  @Test func aTruncatedFileIsMovedAside() async throws {
    try await damage { $0 = $0.prefix($0.count / 2 + 100) }
  }

  @Test func garbageInTheMiddleIsMovedAside() async throws {
    try await damage { data in
      for index in data.count / 2..<data.count / 2 + 20_000 { data[index] = 0xA5 }
    }
  }

  @Test func onlyTheLatestDamagedFilesAreKept() async throws {
    for _ in 0..<4 {
      surroundings.time += 1000
      try Data("no database, but longer than nothing".utf8).write(
        to: URL(fileURLWithPath: directory.file))
      let history = EventHistory(surroundings.configuration(directory))
      #expect(await history.open()?.contains("was damaged") == true)
      await history.close(within: .seconds(5))
    }
    #expect(directory.damagedFiles.count == HistoryStore.damagedLimit)
  }

  @Test func damageThatAReaderMeetsIsMended() async throws {
    let log = EventLog()
    let history = EventHistory(surroundings.configuration(directory))
    let subscription = log.subscribe(backlog: .max)
    async let running: Void = history.run(following: subscription)
    log.appendLines(20_000)
    await wait { await history.status.written == 20_000 }
    let store = try #require(await history.store)
    _ = try await store.withWriter("shorten") { try $0.checkpoint(.truncate) }
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: directory.file))
    try handle.seek(toOffset: 8192)
    try handle.write(contentsOf: Data(repeating: 0xA5, count: 2_000_000))
    try handle.close()
    // The connections have pages in memory, so it may take more than the first page to see it.
    let error = await #expect(throws: HistoryError.self) {
      _ = try await history.all(HistoryQuery(limit: 1000))
      _ = try await history.all(HistoryQuery(filter: EventFilter(boards: ["pico"]), limit: 1000))
    }
    #expect(error?.code == .damaged)
    log.appendLines(2)
    await wait { await history.status.written == 20_002 }
    #expect(try await history.page(HistoryQuery()).events.count == 2)
    #expect(directory.damagedFiles.count == 1)
    log.finish()
    await running
    await history.close(within: .seconds(5))
  }

  @Test func aFullDiskTurnsItOffUntilThereIsRoom() async throws {
    var configuration = surroundings.configuration(directory)
    // What SQLite answers at this bound is what it answers for a disk that is full.
    configuration.maximumPages = 60
    configuration.batch = 100
    let log = EventLog(epoch: 1, limits: .init(count: 500))
    let history = EventHistory(configuration)
    async let running: Void = history.run(following: log)
    await wait { log.status.subscribers == 1 }
    var appended = 0
    await wait {
      log.appendLines(10)
      appended += 10
      if case .off = await history.status.state { return true }
      return false
    }
    guard case .off(let reason) = await history.status.state else { return }
    #expect(reason.contains("full. Free space on its disk."))
    // It can still be read, and nobody who appends waits.
    #expect(try await history.page(HistoryQuery()).events.count > 0)
    log.appendLines(1000)
    appended += 1000

    let store = try #require(await history.store)
    try await store.withWriter("widen") { try $0.execute(sql: "PRAGMA max_page_count = 100000") }
    log.finish()
    await running
    let status = await history.status
    #expect(status.state == .recording)
    #expect(status.lost > 0)
    #expect(status.written + status.lost == appended)
    let events = try await history.all(HistoryQuery(limit: 1000, order: .oldestFirst))
    let lost = events.filter { $0.type == "lost" }
    #expect(events.count - lost.count == status.written)
    #expect(lost.contains { $0.id == nil && $0.json.contains(#""count":"#) })
    #expect(surroundings.notes.count == 2)
    #expect(surroundings.notes.last == "the history \(directory.file) is on again.")
    await history.close(within: .seconds(5))
  }

  @Test func theSecondGatewayIsTold() async throws {
    let first = EventHistory(surroundings.configuration(directory))
    #expect(await first.open() == nil)
    let log = EventLog()
    let second = EventHistory(surroundings.configuration(directory))
    let subscription = log.subscribe(backlog: .max)
    async let running: Void = second.run(following: subscription)
    await wait { await second.status.state != .opening }
    let expected =
      "the history \(directory.file) is in use by another gateway "
      + "(process \(ProcessInfo.processInfo.processIdentifier)). Stop that one, "
      + "or give this one a state directory of its own."
    #expect(await second.status.state == .off(reason: expected))
    log.appendLines(3)
    await first.close(within: .seconds(5))
    // It takes over with what happened meanwhile.
    await wait { await second.status.written == 3 }
    log.finish()
    await running
    await second.close(within: .seconds(5))
  }

  @Test func aDirectoryThatCannotBeCostsOnlyTheHistory() async throws {
    try Data().write(to: URL(fileURLWithPath: directory.path + "/file"))
    var configuration = surroundings.configuration(directory)
    configuration.directory = directory.path + "/file/below"
    let log = EventLog()
    log.appendLines(3)
    let history = EventHistory(configuration)
    let subscription = log.subscribe(after: EventID(epoch: 0xC0_FFEE, counter: 0))
    async let running: Void = history.run(following: subscription)
    await wait { !surroundings.notes.isEmpty }
    await history.close(within: .seconds(5))
    await running
    #expect(surroundings.notes.count == 1)
    #expect(surroundings.notes[0].hasPrefix("cannot make the directory \(directory.path)/file"))
    #expect(await history.status.lost == 3)
  }

  @Test func closingWritesWhatIsThere() async throws {
    let log = EventLog()
    var configuration = surroundings.configuration(directory)
    // Whoever closes does not wait for that.
    configuration.gathering = .seconds(3600)
    let history = EventHistory(configuration)
    let subscription = log.subscribe(backlog: .max)
    async let running: Void = history.run(following: subscription)
    log.appendLines(1)
    await wait { await history.status.written == 1 }
    log.appendLines(3000)
    await history.close(within: .seconds(20))
    await running
    #expect(await history.status.written == 3001)
  }

  @Test func cancellingWritesWhatIsThere() async throws {
    let log = EventLog()
    let history = EventHistory(surroundings.configuration(directory))
    let subscription = log.subscribe(backlog: .max)
    log.appendLines(3000)
    let task = Task { await history.run(following: subscription) }
    task.cancel()
    await task.value
    #expect(await history.status.written == 3000)
    await history.close(within: .seconds(5))
  }

  /// What a process that is killed leaves behind is the file and its log as they are.
  @Test func aKilledGatewayKeepsWhatWasCommitted() async throws {
    let log = EventLog()
    log.appendLines(3000)
    let history = await EventHistory.record(log, surroundings.configuration(directory))
    let other = try TemporaryDirectory()
    for end in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: directory.file + end, toPath: other.file + end)
    }
    let after = EventHistory(surroundings.configuration(other))
    #expect(await after.open() == nil)
    #expect(try await after.all(HistoryQuery(limit: 1000)).count == 3000)
    await after.close(within: .seconds(5))
    await history.close(within: .seconds(5))
  }
}
