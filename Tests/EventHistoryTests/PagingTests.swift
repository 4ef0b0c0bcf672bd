import Events
import GRDB
import Testing

@testable import EventHistory

@Suite(.timeLimit(.minutes(5))) struct PagingTests {
  private let directory: TemporaryDirectory
  private let surroundings = Surroundings()

  init() throws { directory = try TemporaryDirectory() }

  @Test func pagesGoBothWays() async throws {
    let log = EventLog()
    log.appendLines(25)
    let history = await EventHistory.record(log, surroundings.configuration(directory))
    let oldest = try await history.all(HistoryQuery(limit: 10, order: .oldestFirst))
    #expect(oldest.map { $0.id?.counter } == (1...25).map { $0 })
    let newest = try await history.all(HistoryQuery(limit: 7, order: .newestFirst))
    #expect(newest == oldest.reversed())
    #expect(oldest[0].json.contains(#""line":"line 0""#))
    #expect(oldest[0].board == "pico" && oldest[0].type == "console")
    let exact = try await history.page(HistoryQuery(limit: 25))
    #expect(exact.events.count == 25 && !exact.hasMore)
    await history.close(within: .seconds(5))
  }

  @Test func filtersAndTimesChoose() async throws {
    let log = EventLog()
    for time in 0..<100 as Range<Int64> {
      let kind: EventKind = time % 3 == 0 ? .reset(reason: "r") : .console(line: "l")
      log.append(kind, board: [nil, "a", "b", "c"][Int(time % 4)], time: time + 1_795_366_800_000)
    }
    let history = await EventHistory.record(log, surroundings.configuration(directory))
    func times(_ filter: EventFilter, _ since: Int64? = nil, _ until: Int64? = nil) async throws
      -> [Int64]
    {
      let base: Int64 = 1_795_366_800_000
      return try await history.all(
        HistoryQuery(
          filter: filter, since: since.map { $0 + base }, until: until.map { $0 + base }, limit: 7,
          order: .oldestFirst)
      ).map { $0.time - base }
    }
    let all = Array(0..<100 as Range<Int64>)
    #expect(try await times(.everything, 10, 20) == Array(10..<20))
    #expect(try await times(EventFilter(boards: ["a"])) == all.filter { $0 % 4 == 1 })
    #expect(
      try await times(EventFilter(boards: ["a", "b"], types: [.reset]), 30, nil)
        == all.filter { [1, 2].contains($0 % 4) && $0 % 3 == 0 && $0 >= 30 })
    #expect(try await times(EventFilter(types: [.reset])) == all.filter { $0 % 3 == 0 })
    #expect(try await times(EventFilter(types: [.emit])) == [])
    #expect(try await times(EventFilter(boards: [])) == [])
    await history.close(within: .seconds(5))
  }

  @Test func pagesHaveNoGapsWhileWritingGoesOn() async throws {
    let log = EventLog()
    let history = EventHistory(surroundings.configuration(directory))
    let subscription = log.subscribe(backlog: .max)
    let total = 5000
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await history.run(following: subscription) }
      group.addTask {
        for index in 0..<total {
          log.appendLines(1)
          if index % 50 == 0 { await Task.yield() }
        }
        log.finish()
      }
      group.addTask {
        await wait { await history.status.written > 0 }
        var query = HistoryQuery(limit: 37, order: .oldestFirst)
        var counters: [UInt64] = []
        while counters.count < total {
          let page = try await history.page(query)
          counters += page.events.compactMap { $0.id?.counter }
          query.after = page.next
        }
        #expect(counters == (1...UInt64(total)).map { $0 })
      }
      group.addTask {
        await wait { await history.status.written > 500 }
        let newest = try await history.all(HistoryQuery(limit: 37)).compactMap { $0.id?.counter }
        // From whatever was the newest, back to the first.
        #expect(newest == (1...UInt64(newest.count)).reversed())
      }
      try await group.waitForAll()
    }
    await history.close(within: .seconds(5))
  }

  @Test func aRestartKeepsTheHistory() async throws {
    for run in 1...3 {
      let log = EventLog(epoch: UInt64(run), limits: .init())
      log.appendLines(10)
      let history = EventHistory(surroundings.configuration(directory))
      let subscription = log.subscribe(after: EventID(epoch: UInt64(run), counter: 0))
      log.finish()
      await history.run(following: subscription)
      let events = try await history.all(HistoryQuery(order: .oldestFirst))
      #expect(events.count == run * 10)
      #expect(events.last?.id == EventID(epoch: UInt64(run), counter: 10))
      await history.close(within: .seconds(5))
      #expect(await history.status.state == .closed)
    }
    #expect(surroundings.notes == [])
  }

  @Test func cursorsOfOtherHistoriesAreRefused() async throws {
    let log = EventLog()
    log.appendLines(3)
    let history = await EventHistory.record(log, surroundings.configuration(directory))
    let cursor = try #require(try await history.page(HistoryQuery(limit: 1)).next)
    #expect(HistoryCursor(cursor.description) == cursor)
    #expect(HistoryCursor("0000000000000001-18446744073709551615") == nil)
    #expect(HistoryCursor("1; DROP TABLE event") == nil)
    let error = await #expect(throws: HistoryError.self) {
      try await history.page(HistoryQuery(after: HistoryCursor("0000000000000001-1")))
    }
    #expect(error?.code == .badCursor)
    await history.close(within: .seconds(5))
    let closed = await #expect(throws: HistoryError.self) { try await history.page(HistoryQuery()) }
    #expect(closed?.code == .off)
  }

  @Test func pagesAreFoundInAnIndexWithoutSorting() async throws {
    let log = EventLog()
    log.appendLines(3)
    let history = await EventHistory.record(log, surroundings.configuration(directory))
    let store = try #require(await history.store)
    for filter in [
      EventFilter(boards: ["a"]), EventFilter(boards: ["a"], types: [.emit]),
      EventFilter(types: [.emit]),
    ] {
      let cursor = HistoryCursor(generation: store.generation, sequence: 2)
      let (sql, arguments) = HistoryStore.statement(
        HistoryQuery(filter: filter, since: 1, until: 2, after: cursor))
      let plan = try await store.pool.read { db in
        try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql, arguments: arguments)
          .map { $0["detail"] as String }
      }.joined(separator: "\n")
      #expect(plan.contains("USING COVERING INDEX"))
      #expect(plan.contains("sequence<?"))
      #expect(!plan.contains("TEMP B-TREE"), "\(plan)")
    }
    await history.close(within: .seconds(5))
  }
}
