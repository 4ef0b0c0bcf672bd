internal import Events
internal import GRDB
private import Glibc

/// An open history file. Its writes run one after another on GRDB's own queue.
final class HistoryStore: Sendable {
  let path: String
  let pool: DatabasePool
  /// Tells this file from others that were here before.
  let generation: UInt64
  private let lock: HistoryLock
  private let inode: UInt64?

  init(path: String, pool: DatabasePool, generation: UInt64, lock: HistoryLock) {
    self.path = path
    self.pool = pool
    self.generation = generation
    self.lock = lock
    inode = Self.inode(of: path)
  }

  /// Whether the file is still the one at its path: SQLite would write to one that was deleted.
  var isInPlace: Bool { Self.inode(of: path) == inode }

  private static func inode(of path: String) -> UInt64? {
    var status = stat()
    return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
  }

  /// Writes events in one transaction: all of them, or none.
  func write(_ rows: [HistoryRow]) async throws(HistoryError) {
    try await withWriter("write to") { db in
      try db.inTransaction {
        let insert = try db.cachedStatement(
          sql: """
            INSERT INTO event (time, epoch, counter, board, type, json) VALUES (?, ?, ?, ?, ?, ?)
            """)
        for row in rows { try insert.execute(arguments: row.arguments) }
        return .commit
      }
    }
  }

  /// Runs on the writing connection, and in a task that is cancelled too.
  func withWriter<Value: Sendable>(
    _ action: String, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(HistoryError) -> Value {
    do {
      return try await withCheckedThrowingContinuation { continuation in
        pool.asyncWriteWithoutTransaction { db in
          continuation.resume(with: Result { try body(db) })
        }
      }
    } catch {
      throw HistoryError(action, path: path, error)
    }
  }

  /// Closes the file. Blocks until what runs on it has ended.
  func close() {
    // The last connection that closes is one that only reads, and leaves SQLite's log as it is.
    // What fails here is done by whoever opens the file next: the log is still beside it.
    _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    try? pool.close()
    lock.release()
  }
}

/// What is written of an event.
enum HistoryRow: Sendable {
  case event(Event)
  /// So many events were not written, said at a time.
  case lost(Int, time: Int64)

  /// Texts are made here, on the queue that writes.
  var arguments: StatementArguments {
    switch self {
    case .event(let event):
      [
        event.time, Int64(bitPattern: event.id.epoch), Int64(bitPattern: event.id.counter),
        event.board, event.type.rawValue, String(decoding: event.json, as: UTF8.self),
      ]
    case .lost(let count, let time):
      [
        time, nil, nil, nil, EventType.lost.rawValue,
        #"{"count":\#(count),"time":"\#(Timestamp.text(time))","type":"lost"}"#,
      ]
    }
  }
}
