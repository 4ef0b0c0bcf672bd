private import GRDB

/// Why the history could not do something.
public struct HistoryError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure, for programs; new codes may come.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The code's name, such as `full`.
    public let description: String

    /// The history is off or closed.
    public static let off = Code(description: "off")
    /// The cursor is not of this history.
    public static let badCursor = Code(description: "badCursor")
    /// The disk is full, or the file may not grow.
    public static let full = Code(description: "full")
    /// The file is damaged.
    public static let damaged = Code(description: "damaged")
    /// Another gateway has the file.
    public static let busy = Code(description: "busy")
    /// A newer version wrote the file.
    public static let tooNew = Code(description: "tooNew")
    /// Anything else.
    public static let failed = Code(description: "failed")
  }

  public let code: Code
  /// What happened, to what, and what to do next.
  public let message: String

  public var description: String { message }

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// - Parameter action: what was tried, to follow "cannot".
  init(_ action: String, path: String, _ error: any Error) {
    if let error = error as? HistoryError {
      self = error
      return
    }
    let what = "cannot \(action) the history \(path)"
    guard let error = error as? DatabaseError else {
      self.init(.failed, "\(what): \(error). Check the directory and its permissions.")
      return
    }
    let reason = error.message ?? "\(error.resultCode)"
    switch error.resultCode {
    case .SQLITE_FULL:
      self.init(.full, "\(what): \(reason). Free space on its disk.")
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      self.init(.damaged, "\(what): \(reason). It is moved aside and begun anew.")
    case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
      self.init(
        .failed, "\(what): \(reason). Let this user write to the directory and to the files in it.")
    default:
      self.init(
        .failed,
        "\(what): \(reason) (SQLite \(error.extendedResultCode.rawValue)). "
          + "Check the disk, and `dmesg | tail` for what the system says of it.")
    }
  }
}
