internal import GRDB

extension HistoryStore {
  /// Rows deleted in one transaction, so that those which write wait little.
  private static let slice: Int64 = 2000

  /// Deletes what is too old, and the oldest of what is too much; gives the room back to the disk.
  ///
  /// - Parameters:
  ///   - cutoff: milliseconds since 1970 before which events are deleted; nil to skip that.
  ///   - maximumBytes: of the file. Beyond it a tenth more is deleted, so that it is done seldom.
  func retain(from cutoff: Int64?, maximumBytes: Int) async throws(HistoryError) {
    try await withWriter("shorten") { db in
      var hasDeleted = false
      if let cutoff {
        // Up to the first that is young enough, in the order of writing: no index needed.
        let limit = try Int64.fetchOne(
          db, sql: "SELECT sequence FROM event WHERE time >= ? ORDER BY sequence LIMIT 1",
          arguments: [cutoff])
        while let (first, last) = try Self.bounds(db), first < limit ?? (last + 1) {
          try Self.delete(db, below: min(first + Self.slice, limit ?? (last + 1)))
          hasDeleted = true
        }
      }
      if try Self.bytes(db, counting: "page_count") > maximumBytes {
        while try Self.usedBytes(db) > maximumBytes - maximumBytes / 10,
          let (first, _) = try Self.bounds(db)
        {
          try Self.delete(db, below: first + Self.slice / 8)
          hasDeleted = true
        }
      }
      guard hasDeleted else { return }
      // The statement frees one page a step, so all its steps must be taken.
      _ = try Row.fetchAll(db, sql: "PRAGMA incremental_vacuum")
      // Only then does the file shrink. A reader may hold it up; the next time will do it.
      _ = try? db.checkpoint(.truncate)
    }
  }

  private static func bounds(_ db: Database) throws -> (first: Int64, last: Int64)? {
    // Two lookups; asked for together they would be a scan.
    guard let first = try Int64.fetchOne(db, sql: "SELECT min(sequence) FROM event"),
      let last = try Int64.fetchOne(db, sql: "SELECT max(sequence) FROM event")
    else { return nil }
    return (first, last)
  }

  private static func delete(_ db: Database, below sequence: Int64) throws {
    try db.inTransaction {
      try db.execute(sql: "DELETE FROM event WHERE sequence < ?", arguments: [sequence])
      return .commit
    }
  }

  private static func usedBytes(_ db: Database) throws -> Int {
    try bytes(db, counting: "page_count") - bytes(db, counting: "freelist_count")
  }

  private static func bytes(_ db: Database, counting pragma: String) throws -> Int {
    let pages = try Int.fetchOne(db, sql: "PRAGMA \(pragma)") ?? 0
    return try pages * (Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
  }
}
