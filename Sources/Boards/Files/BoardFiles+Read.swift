extension BoardFiles {
  /// Reads a file, and checks it against the board's own checksum at the end.
  ///
  /// The board sends no more than two pieces, of some hundred bytes, ahead of what was taken.
  ///
  /// - Parameter chunk: gets the bytes as they come; what it throws ends the reading.
  public func read(
    _ path: String, chunk: @Sendable ([UInt8]) async throws(ManagingError) -> Void
  ) async throws(ManagingError) {
    let path = try BoardPath(path)
    let traits = try await session.traits
    let piece = traits.isSmall ? 60 : traits.keepsTools ? 1024 : 256
    try await attempt(path) { () throws(ManagingError) in
      try await session.start(.get, "\(PythonLiteral.string(path.onBoard)),\(piece)")
      var input = ToolInput(session: session)
      let first = try await input.line()
      if first == "-" { throw ManagingError(.notFound(path: "\(path)")) }
      if first == "/" { throw ManagingError(.conflict("\(path) is a directory, and no file")) }
      guard let size = Int(first), size >= 0 else {
        throw ManagingError(.unintelligible(asked: "how long \(path) is", answer: first))
      }
      try await receive(size, in: piece, from: &input, path: path, chunk: chunk)
    }
    try await session.clear()
  }

  /// - Throws: with cause `damaged` when it is not what the board has sent.
  private func receive(
    _ size: Int, in piece: Int, from input: inout ToolInput, path: BoardPath,
    chunk: ([UInt8]) async throws(ManagingError) -> Void
  ) async throws(ManagingError) {
    let request = UInt8(ascii: "+")
    var checksum = RunningChecksum()
    var asked = min(2 * piece, size)
    var received = 0
    try await session.send(Array(repeating: request, count: (asked + piece - 1) / piece))
    while received < size {
      let bytes = try await input.unescaped(atMost: min(piece, size - received))
      guard !bytes.isEmpty else { throw ManagingError(.damaged(path: "\(path)")) }
      received += bytes.count
      checksum.add(bytes)
      while asked < size, asked - received <= piece {
        try await session.send([request])
        asked = min(asked + piece, size)
      }
      try await chunk(bytes)
    }
    let digits = try await input.rest()
    guard digits == checksum.digits else { throw ManagingError(.damaged(path: "\(path)")) }
  }
}
