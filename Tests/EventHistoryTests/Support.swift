import Events
import Foundation
import Synchronization

@testable import EventHistory

/// A directory that goes with it.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/boardwalk-history-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var file: String { path + "/events.sqlite" }

  var damagedFiles: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
      .filter { $0.contains(".damaged-") && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }
  }
}

/// The lines that a history said, and a clock by hand.
final class Surroundings: Sendable {
  private let lines = Mutex<[String]>([])
  private let clock = Mutex<Int64>(1_795_366_800_000)

  var notes: [String] { lines.withLock { $0 } }
  var time: Int64 {
    get { clock.withLock { $0 } }
    set { clock.withLock { $0 = newValue } }
  }

  func configuration(_ directory: TemporaryDirectory) -> HistoryConfiguration {
    var configuration = HistoryConfiguration(directory: directory.path) { line in
      self.lines.withLock { $0.append(line) }
    }
    configuration.now = { self.time }
    configuration.gathering = .milliseconds(1)
    configuration.firstRetry = .milliseconds(5)
    return configuration
  }
}

extension EventLog {
  convenience init() {
    self.init(epoch: 0xC0_FFEE, limits: Limits(count: 1 << 20, bytes: 1 << 30))
  }

  func appendLines(_ count: Int, board: String? = "pico", time: Int64 = 1_795_366_800_000) {
    for index in 0..<count { append(.console(line: "line \(index)"), board: board, time: time) }
  }
}

extension EventHistory {
  /// Writes all that a log holds, and what it gets until it is finished.
  static func record(
    _ log: EventLog, _ configuration: HistoryConfiguration
  ) async -> EventHistory {
    let history = EventHistory(configuration)
    let subscription = log.subscribe(after: EventID(epoch: 0xC0_FFEE, counter: 0), backlog: .max)
    log.finish()
    await history.run(following: subscription)
    return history
  }

  /// Every event that a query gives, page by page.
  func all(_ query: HistoryQuery) async throws -> [HistoryEvent] {
    var query = query
    var events: [HistoryEvent] = []
    while true {
      let page = try await page(query)
      events += page.events
      query.after = page.next
      if !page.hasMore { return events }
    }
  }
}

/// Asks again until a condition holds. Whether a test ends is for its time limit to say.
func wait(until condition: () async -> Bool) async {
  while !(await condition()) { try? await Task.sleep(for: .milliseconds(2)) }
}
