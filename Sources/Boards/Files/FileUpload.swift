import RawREPL

/// Sends files to a board, one after another: the host's end of `tools/put.py`.
///
/// A file has a temporary name until it is whole; such names of an upload that broke off are
/// removed when the next file goes to the same directory.
struct FileUpload {
  /// A file to be sent.
  struct Job {
    let path: BoardPath
    let bytes: [UInt8]
    /// Whether directories that are missing on the way are made.
    var makesParents = false
    /// The name that it keeps, in its directory, instead of its own; nil for none.
    var heldAs: String?
  }

  static let temporary = ".boardwalk"

  /// What became of a file.
  enum Outcome: Equatable {
    case written
    /// It is there under its temporary name.
    case held
    /// The same was there already.
    case unchanged
  }

  private let files: BoardFiles
  private let traits: BoardTraits
  private var input: ToolInput
  private var hasStarted = false
  /// Directories that are there, and without temporary names of an upload before.
  private var prepared: Set<BoardPath> = []
  /// Bytes in a block, and in a piece, which the board takes into its memory.
  private let block: Int
  private let piece: Int
  /// Blocks that may be on their way at a time.
  private var depth: Int

  init(_ files: BoardFiles) async throws(ManagingError) {
    self.files = files
    traits = try await files.session.traits
    // Two bytes of the first block are the length.
    let window = min(max(32, await files.session.inputWindow), 512)
    block = window - 2
    depth = window > 32 ? 2 : 1
    // The line rests while the board deals with a piece: the longer it is, the less.
    piece = traits.isSmall ? 4 * block : traits.keepsTools ? 4096 : 1024
    input = ToolInput(session: files.session)
  }

  /// Sends a file, unless the same is there.
  ///
  /// - Parameter progress: gets the bytes that the board has taken so far.
  mutating func send(
    _ job: Job, progress: @Sendable (Int) async -> Void
  ) async throws(ManagingError) -> Outcome {
    try job.path.checkForMaking()
    guard traits.hasDirectories || job.path.components.count == 1 else {
      throw ManagingError(
        .unsupported("the board's file system has no directories, so there is no \(job.path)"))
    }
    for _ in 1...2 {
      do throws(ManagingError) {
        if let outcome = try await transfer(job, progress: progress) { return outcome }
      } catch {
        guard isDamage(error) else { throw error }
        // The board may wait for bytes that were lost.
        if isRunning { try await interrupt() }
      }
      // Perhaps the board loses what comes while it deals with a block: one at a time, then.
      depth = 1
    }
    throw ManagingError(.damaged(path: "\(job.path)"))
  }

  /// Ends the tool; to be called after the last file, be it sent or not.
  mutating func end() async throws(ManagingError) {
    guard isRunning else { return }
    try await send(piece: Array("0".utf8))
    _ = try await input.rest()
    try await files.session.clear()
  }

  /// The board waits for another file, or for more of one.
  private var isRunning: Bool { hasStarted && !input.hasEnded }

  // MARK: One file

  /// - Returns: nil when it was damaged on the way.
  private mutating func transfer(
    _ job: Job, progress: @Sendable (Int) async -> Void
  ) async throws(ManagingError) -> Outcome? {
    let path = job.path
    let size = job.bytes.count
    let temporary = path.parent.appending(job.heldAs ?? Self.temporary)
    var sent = 0
    var old = 0
    do throws(ManagingError) {
      switch try await offer(job, as: temporary) {
      case .unchanged: return .unchanged
      case .noRoom(let free):
        throw ManagingError(.noRoom(path: "\(path)", needed: size, free: free))
      case .send(let replacedSize): old = replacedSize
      }
      let isWhole = try await sendContent(job.bytes, sent: &sent, progress: progress)
      return isWhole ? job.heldAs == nil ? .written : .held : nil
    } catch {
      guard case .raised(let traceback) = error.cause, let failure = OSFailure(traceback) else {
        throw error
      }
      guard failure.number == OSFailure.noRoom else {
        throw failure.error(at: failure.number == 2 ? path.parent : path) ?? error
      }
      // Where a file cannot be renamed it is copied, so that it needs its room twice.
      guard !traits.hasDirectories, sent + old >= size else {
        let free = traits.hasDirectories ? try await files.room(in: path.parent) : sent + old
        throw ManagingError(.noRoom(path: "\(path)", needed: size, free: free ?? sent))
      }
      _ = try await offer(job, as: path)
      sent = 0
      let isWhole = try await sendContent(job.bytes, sent: &sent, progress: progress)
      return isWhole ? .written : nil
    }
  }

  private enum Answer {
    case unchanged
    case noRoom(free: Int)
    case send(replacedSize: Int)
  }

  /// Tells the board of a file, and hears whether it wants it.
  private mutating func offer(
    _ job: Job, as temporary: BoardPath
  ) async throws(ManagingError) -> Answer {
    if !isRunning {
      try await files.session.start(.put, "\(block)")
      input = ToolInput(session: files.session)
      hasStarted = true
    }
    let directory = job.path.parent
    // A directory is prepared before its first file.
    let made = job.makesParents ? job.path.parents.map { PythonLiteral.string($0.onBoard) } : []
    let fields = [
      PythonLiteral.string(job.path.onBoard), PythonLiteral.string(temporary.onBoard),
      "\(job.bytes.count)", "'\(FileEntry.checksum(job.bytes))'",
      PythonLiteral.bool(job.heldAs != nil), PythonLiteral.string(directory.onBoard),
      prepared.contains(directory) ? "None" : PythonLiteral.tuple(made),
    ]
    let offer = Array(fields.joined(separator: ",").utf8)
    guard offer.count < 8192 else {
      throw ManagingError(.conflict("\(printable(job.path.description)) is too long"))
    }
    try await send(piece: offer)
    // It may have to read one of the same size, to compare.
    input.pause = .seconds(10 + job.bytes.count / 50_000)
    let answer = try await input.line()
    prepared.insert(directory)
    switch (answer.first, Int(answer.dropFirst())) {
    case ("=", nil): return .unchanged
    case ("/", nil): throw ManagingError(.conflict("\(job.path) is a directory"))
    case ("-", let free?): return .noRoom(free: free)
    case ("+", let size?): return .send(replacedSize: size)
    default:
      throw ManagingError(.unintelligible(asked: "to take \(job.path)", answer: answer))
    }
  }

  /// - Returns: whether it came whole.
  private mutating func sendContent(
    _ bytes: [UInt8], sent: inout Int, progress: @Sendable (Int) async -> Void
  ) async throws(ManagingError) -> Bool {
    while sent < bytes.count {
      let part = Self.part(of: bytes[sent...], atMost: piece)
      try await send(piece: Array(part))
      try await acknowledgement()
      sent += part.count
      await progress(sent)
    }
    switch try await input.line() {
    case "*": return true
    case "!": return false
    case let other:
      throw ManagingError(.unintelligible(asked: "whether a file came whole", answer: other))
    }
  }

  // MARK: Pieces

  /// As many bytes as fit into a piece, escaped if need be.
  static func part(of bytes: ArraySlice<UInt8>, atMost size: Int) -> ArraySlice<UInt8> {
    let part = bytes.prefix(size)
    guard part.contains(0x03) else { return part }
    var length = 0
    return part.prefix { byte in
      length += byte == 0x03 || byte == 0x10 ? 2 : 1
      return length <= size
    }
  }

  /// A piece as it goes over the line: no byte of it is 03, which would interrupt the board.
  static func frame(_ bytes: [UInt8]) -> [UInt8] {
    let isEscaped = bytes.contains(0x03)
    var content = bytes
    if isEscaped {
      content = []
      content.reserveCapacity(2 * bytes.count)
      for byte in bytes {
        switch byte {
        case 0x03: content += [0x10, 0x43]
        case 0x10: content += [0x10, 0x50]
        default: content.append(byte)
        }
      }
    }
    let high = 0x80 | UInt8(content.count >> 7 & 0x3F) | (isEscaped ? 0x40 : 0)
    return [0x80 | UInt8(content.count & 0x7F), high] + content
  }

  /// Sends a piece in blocks, all but the last of which are acknowledged here.
  private mutating func send(piece bytes: [UInt8]) async throws(ManagingError) {
    let frame = Self.frame(bytes)
    var start = 0
    var underWay = 0
    while start < frame.count {
      if underWay == depth {
        try await acknowledgement()
        underWay -= 1
      }
      let end = min(frame.count, start == 0 ? 2 + block : start + block)
      try await files.session.send(Array(frame[start..<end]))
      start = end
      underWay += 1
    }
    for _ in 1..<max(1, underWay) { try await acknowledgement() }
  }

  private mutating func acknowledgement() async throws(ManagingError) {
    let byte = try await input.byte()
    guard byte == UInt8(ascii: ".") else {
      throw ManagingError(
        .unintelligible(asked: "for an acknowledgement", answer: "the byte \(byte)"))
    }
  }

  // MARK: Trouble

  /// Whether an error can come from bytes that were lost or damaged on the way.
  private func isDamage(_ error: ManagingError) -> Bool {
    switch error.cause {
    case .repl(let error): error.code == .timedOut
    case .unintelligible: true
    case .raised(let traceback):
      OSFailure(traceback) == nil
        && !["MemoryError", "RuntimeError"].contains { traceback.contains($0) }
    default: false
    }
  }

  private mutating func interrupt() async throws(ManagingError) {
    try await files.session.send([0x03])
    do throws(ManagingError) { _ = try await input.rest() } catch {
      guard case .raised = error.cause else { throw error }
    }
    input = ToolInput(session: files.session)
    hasStarted = false
  }
}
