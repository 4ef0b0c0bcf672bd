internal import GRDB

/// The tables of a history, by version.
enum HistorySchema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      // Never the same sequence for two events, even after all were deleted: cursors hold them.
      try db.execute(
        sql: """
          CREATE TABLE event (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            time INTEGER NOT NULL,
            epoch INTEGER,
            counter INTEGER,
            board TEXT,
            type TEXT NOT NULL,
            json TEXT NOT NULL
          );
          -- In the order of a page, with all that a filter asks for: a page is found in the index.
          CREATE INDEX event_by_board ON event (board, sequence, type, time);
          CREATE INDEX event_by_type ON event (type, sequence, time);
          CREATE TABLE history (generation INTEGER NOT NULL);
          """)
      try db.execute(
        sql: "INSERT INTO history VALUES (?)",
        arguments: [Int64(bitPattern: UInt64.random(in: 1...UInt64.max))])
    }
    return migrator
  }
}
