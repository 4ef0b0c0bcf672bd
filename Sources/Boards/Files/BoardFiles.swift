/// The files on a board, by way of its raw REPL.
///
/// Paths are from the root of the board's file system, with or without a leading `/`.
public struct BoardFiles: Sendable {
  let session: REPLSession

  public init(_ session: REPLSession) { self.session = session }

  // MARK: What is there

  /// What is at a path; nil when nothing is.
  ///
  /// - Parameter checksum: whether a file's is wanted, for which the board has to read all of it.
  public func entry(_ path: String, checksum: Bool) async throws(ManagingError) -> FileEntry? {
    let path = try BoardPath(path)
    if path.isRoot { return FileEntry(path: "/", type: .directory, size: 0) }
    return try await entries([path], checksums: checksum)[path]
  }

  /// What is at each of some paths; nothing is there where there is no entry.
  func entries(
    _ paths: [BoardPath], checksums: Bool
  ) async throws(ManagingError) -> [BoardPath: FileEntry] {
    let literals = PythonLiteral.tuple(paths.map { PythonLiteral.string($0.onBoard) })
    let answer = try await session.run(
      .look, "\(literals),\(PythonLiteral.bool(checksums))", checksums: checksums)
    var entries: [BoardPath: FileEntry] = [:]
    let lines = answer.split(whereSeparator: \.isNewline)
    for line in lines {
      guard let line = FileLine(line), paths.contains(line.path) else {
        throw ManagingError(.unintelligible(asked: "what is at a path", answer: String(line)))
      }
      entries[line.path] = line.entry
    }
    guard lines.count == paths.count else {
      throw ManagingError(.unintelligible(asked: "what is at paths", answer: answer))
    }
    return entries
  }

  /// What is in a directory, sorted by path.
  ///
  /// - Parameter recursive: with all that is below, each directory before what is in it.
  public func list(
    _ path: String, recursive: Bool, checksums: Bool
  ) async throws(ManagingError) -> [FileEntry] {
    let path = try BoardPath(path)
    let arguments = [
      PythonLiteral.string(path.onBoard), PythonLiteral.bool(recursive),
      PythonLiteral.bool(checksums),
    ]
    let answer = try await attempt(path) { () throws(ManagingError) in
      try await session.run(.list, arguments.joined(separator: ","), checksums: checksums)
    }
    var found: [(path: BoardPath, entry: FileEntry)] = []
    for text in answer.split(whereSeparator: \.isNewline) {
      guard let line = FileLine(text) else {
        throw ManagingError(.unintelligible(asked: "what is in \(path)", answer: String(text)))
      }
      if line.path == path {
        guard line.entry != nil else { throw ManagingError(.notFound(path: "\(path)")) }
        throw ManagingError(.conflict("\(path) is a file, and no directory to be listed"))
      }
      guard let entry = line.entry, line.path.isBelow(path) else {
        throw ManagingError(.unintelligible(asked: "what is in \(path)", answer: String(text)))
      }
      found.append((line.path, entry))
    }
    return found.sorted { $0.path < $1.path }.map(\.entry)
  }

  /// Bytes that are free; nil where the board cannot tell.
  func room(in directory: BoardPath) async throws(ManagingError) -> Int? {
    let answer = try await session.run(.room, PythonLiteral.string(directory.onBoard))
    return Int(answer.filter { !$0.isWhitespace })
  }

  // MARK: Changes

  /// Removes a file or an empty directory.
  ///
  /// - Parameter recursive: with all that is below.
  public func remove(_ path: String, recursive: Bool) async throws(ManagingError) {
    try await remove(BoardPath(path), recursive: recursive)
  }

  func remove(_ path: BoardPath, recursive: Bool) async throws(ManagingError) {
    guard !path.isRoot else {
      throw ManagingError(.conflict("/ cannot be removed; remove what is in it"))
    }
    let arguments = "\(PythonLiteral.string(path.onBoard)),\(PythonLiteral.bool(recursive))"
    let answer = try await attempt(path) { () throws(ManagingError) in
      try await session.run(.remove, arguments)
    }
    switch answer.filter({ !$0.isWhitespace }) {
    case "": return
    case "missing": throw ManagingError(.notFound(path: "\(path)"))
    case "full":
      throw ManagingError(.conflict("\(path) is not empty; remove it with all that is in it"))
    default: throw ManagingError(.unintelligible(asked: "to remove \(path)", answer: answer))
    }
  }

  /// Makes a directory; one that is there already is good with `parents`, else a conflict.
  public func makeDirectory(_ path: String, parents: Bool) async throws(ManagingError) {
    let path = try BoardPath(path)
    if path.isRoot, parents { return }
    try path.checkForMaking()
    guard try await session.traits.hasDirectories else {
      throw ManagingError(.unsupported("the board's file system has no directories"))
    }
    let paths = (parents ? path.parents : []) + [path]
    let literals = PythonLiteral.tuple(paths.map { PythonLiteral.string($0.onBoard) })
    let answer = try await attempt(path.parent) { () throws(ManagingError) in
      try await session.run(.mkdir, "\(literals),\(PythonLiteral.bool(parents))")
    }
    switch answer.split(whereSeparator: \.isWhitespace).first {
    case nil: return
    case "there": throw ManagingError(.conflict("\(path) is there already"))
    case "file":
      let file = PythonLiteral.parse(answer.filter { !$0.isNewline }.dropFirst(5)) ?? path.onBoard
      throw ManagingError(.conflict("/\(printable(file)) is a file, and no directory"))
    default: throw ManagingError(.unintelligible(asked: "to make \(path)", answer: answer))
    }
  }

  /// Gives files other names; what was there before is replaced.
  func rename(_ files: [(from: BoardPath, to: BoardPath)]) async throws(ManagingError) {
    guard let first = files.first else { return }
    let pairs = files.map { file in
      PythonLiteral.tuple([file.to, file.from].map { PythonLiteral.string($0.onBoard) })
    }
    _ = try await attempt(first.to) { () throws(ManagingError) in
      try await session.run(.finish, PythonLiteral.tuple(pairs))
    }
  }

  // MARK: Errors

  /// Runs what deals with a path; an `OSError` on the board becomes the error that it means.
  func attempt<Result: Sendable>(
    _ path: BoardPath, _ body: () async throws(ManagingError) -> Result
  ) async throws(ManagingError) -> Result {
    do { return try await body() } catch {
      guard case .raised(let traceback) = error.cause, let failure = OSFailure(traceback) else {
        throw error
      }
      throw failure.error(at: path) ?? error
    }
  }
}
