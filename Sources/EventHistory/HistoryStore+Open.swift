internal import Events
internal import Foundation
internal import GRDB

extension HistoryStore {
  /// Damaged files that are kept; older ones are deleted.
  static let damagedLimit = 2

  /// Opens the file, or begins it. A damaged one is moved aside. Blocks.
  ///
  /// - Returns: the store, and what became of a damaged file.
  static func open(
    _ configuration: HistoryConfiguration
  ) throws(HistoryError) -> (store: HistoryStore, note: String?) {
    let path = configuration.path
    do {
      try FileManager.default.createDirectory(
        atPath: configuration.directory, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw HistoryError(
        .failed,
        "cannot make the directory \(configuration.directory): \(error.localizedDescription) "
          + "Make it, and let this user write to it.")
    }
    let lock = try HistoryLock(path: path)
    do {
      return (try openLocked(configuration, lock), nil)
    } catch {
      guard error.code == .damaged else { throw error }
      let aside = try moveAside(path, time: configuration.now())
      let store = try openLocked(configuration, lock)
      return (
        store,
        "the history \(path) was damaged and is now \(aside); a new one was begun. "
          + "`sqlite3 \(aside) .recover` shows what is left in it."
      )
    }
  }

  private static func openLocked(
    _ settings: HistoryConfiguration, _ lock: HistoryLock
  ) throws(HistoryError) -> HistoryStore {
    let path = settings.path
    // SQLite takes a file below the size of a page for an empty one, and would write over it.
    if let head = FileManager.default.contents(atPath: path, upTo: 16), !head.isEmpty,
      head != Array("SQLite format 3\0".utf8)
    {
      throw HistoryError(.damaged, "the history \(path) is no SQLite file")
    }
    // SQLite makes its other files with the permissions of this one: events may tell secrets.
    let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor >= 0 { Foundation.close(descriptor) }
    do {
      let pool = try DatabasePool(path: path, configuration: configuration(settings))
      let check = try pool.writeWithoutTransaction { db in
        try String.fetchOne(db, sql: "PRAGMA quick_check(1)")
      }
      guard check == "ok" else {
        try? pool.close()
        throw HistoryError(.damaged, "the history \(path) is damaged: \(check ?? "no answer")")
      }
      let migrator = HistorySchema.migrator
      guard try !pool.read({ try migrator.hasBeenSuperseded($0) }) else {
        throw HistoryError(
          .tooNew,
          "the history \(path) was written by a newer Boardwalk. Use that version, or move the "
            + "file away.")
      }
      try migrator.migrate(pool)
      let generation = try pool.read {
        try Int64.fetchOne($0, sql: "SELECT generation FROM history")
      }
      guard let generation else {
        throw HistoryError(.damaged, "the history \(path) is damaged: it has no generation")
      }
      return HistoryStore(
        path: path, pool: pool, generation: UInt64(bitPattern: generation), lock: lock)
    } catch {
      throw HistoryError("open", path: path, error)
    }
  }

  private static func configuration(_ settings: HistoryConfiguration) -> Configuration {
    var configuration = Configuration()
    configuration.label = "boardwalk.history"
    configuration.qos = .utility
    configuration.maximumReaderCount = 4
    configuration.busyMode = .timeout(0.5)
    let maximumPages = settings.maximumPages
    configuration.prepareDatabase { db in
      guard !db.configuration.readonly else { return }
      // Before anything is in the file, else it has no effect.
      try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
      try db.execute(sql: "PRAGMA journal_size_limit = 4194304")
      if let maximumPages { try db.execute(sql: "PRAGMA max_page_count = \(maximumPages)") }
    }
    return configuration
  }

  /// Moves a damaged file away, with the log beside it.
  ///
  /// - Returns: where it is now.
  private static func moveAside(_ path: String, time: Int64) throws(HistoryError) -> String {
    let stamp = Timestamp.text(time).filter { $0 != "-" && $0 != ":" }
    let aside = "\(path).damaged-\(stamp)"
    let files = FileManager.default
    do {
      try files.moveItem(atPath: path, toPath: aside)
      for end in ["-wal", "-shm"] where files.fileExists(atPath: path + end) {
        try files.moveItem(atPath: path + end, toPath: aside + end)
      }
    } catch {
      throw HistoryError(
        .failed,
        "the history \(path) is damaged and cannot be moved to \(aside): "
          + "\(error.localizedDescription) Move or delete it, and the gateway begins a new one.")
    }
    prune(path)
    return aside
  }

  /// Deletes all damaged files but the newest, or damage that comes again would fill the disk.
  private static func prune(_ path: String) {
    let directory = (path as NSString).deletingLastPathComponent
    let prefix = (path as NSString).lastPathComponent + ".damaged-"
    let files = FileManager.default
    let damaged = ((try? files.contentsOfDirectory(atPath: directory)) ?? [])
      .filter { $0.hasPrefix(prefix) }.sorted()
    let kept = damaged.filter { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }.suffix(
      damagedLimit)
    for name in damaged where !kept.contains(where: { name.hasPrefix($0) }) {
      try? files.removeItem(atPath: directory + "/" + name)
    }
  }
}

extension FileManager {
  /// The first bytes of a file; nil when it cannot be read.
  fileprivate func contents(atPath path: String, upTo count: Int) -> [UInt8]? {
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? handle.close() }
    return (try? handle.read(upToCount: count)).map { Array($0) }
  }
}
