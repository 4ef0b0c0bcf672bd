/// What a board says of itself at its REPL.
public struct BoardInfo: Sendable, Equatable, Codable {
  /// For example `micropython`.
  public var implementation: String
  /// For example `1.29.0`.
  public var version: String
  /// The firmware in its own words: `sys.version`, or what `os.uname()` says.
  public var firmware: String
  public var machine: String
  public var platform: String
  /// `machine.unique_id()` in hexadecimal; nil where there is none.
  public var uniqueID: String?
  /// Bytes, after a collection.
  public var heapFree: Int
  public var heapUsed: Int
  /// Bytes of the file system at the root; nil where the board cannot tell.
  public var flashFree: Int?
  public var flashSize: Int?
  /// The version of .mpy files that it loads; nil when it loads none.
  public var bytecode: Int?
  /// Names of the modules that are part of the firmware, as far as it can tell; sorted.
  public var modules: [String]

  /// Asks the board.
  public static func read(_ session: REPLSession) async throws(ManagingError) -> BoardInfo {
    throw ManagingError(.unsupported("not written yet"))
  }
}
