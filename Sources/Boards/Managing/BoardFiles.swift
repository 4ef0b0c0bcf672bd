/// The files on a board, by way of its raw REPL.
public struct BoardFiles: Sendable {
  let session: REPLSession

  public init(_ session: REPLSession) { self.session = session }

  /// What is at a path; nil when nothing is.
  ///
  /// - Parameter checksum: whether a file's is wanted, for which the board has to read all of it.
  public func entry(_ path: String, checksum: Bool) async throws(ManagingError) -> FileEntry? {
    throw ManagingError(.unsupported("not written yet"))
  }

  /// What is in a directory, sorted by path.
  ///
  /// - Parameter recursive: with all that is below, each directory before what is in it.
  public func list(
    _ path: String, recursive: Bool, checksums: Bool
  ) async throws(ManagingError) -> [FileEntry] {
    throw ManagingError(.unsupported("not written yet"))
  }

  /// Reads a file, and checks it against the board's own checksum at the end.
  ///
  /// - Parameter chunk: gets the bytes as they come; what it throws ends the reading.
  public func read(
    _ path: String, chunk: @Sendable ([UInt8]) async throws(ManagingError) -> Void
  ) async throws(ManagingError) {
    throw ManagingError(.unsupported("not written yet"))
  }

  /// Puts a file there, whole or not at all.
  ///
  /// - Parameters:
  ///   - parents: make the directories that it is to be in.
  ///   - progress: gets the bytes that the board has taken so far.
  public func write(
    _ path: String, _ bytes: [UInt8], parents: Bool,
    progress: @Sendable (Int) async -> Void
  ) async throws(ManagingError) {
    throw ManagingError(.unsupported("not written yet"))
  }

  /// Removes a file or an empty directory.
  ///
  /// - Parameter recursive: with all that is below.
  public func remove(_ path: String, recursive: Bool) async throws(ManagingError) {
    throw ManagingError(.unsupported("not written yet"))
  }

  /// Makes a directory; one that is there already is good with `parents`, else a conflict.
  public func makeDirectory(_ path: String, parents: Bool) async throws(ManagingError) {
    throw ManagingError(.unsupported("not written yet"))
  }
}

/// A file or directory on a board, as the API and commands show it.
public struct FileEntry: Sendable, Hashable, Codable {
  public enum Kind: String, Sendable, Hashable, Codable { case file, directory }

  /// From the root, such as `/lib/app.py`.
  public var path: String
  public var type: Kind
  /// In bytes; 0 for a directory.
  public var size: Int
  /// Of a file, when it was asked for: CRC-32 of its bytes, eight hexadecimal digits.
  public var checksum: String?

  public init(path: String, type: Kind, size: Int, checksum: String? = nil) {
    self.path = path
    self.type = type
    self.size = size
    self.checksum = checksum
  }

  /// The checksum of bytes, as a board would give it.
  public static func checksum(_ bytes: some Sequence<UInt8>) -> String { "" }
}
