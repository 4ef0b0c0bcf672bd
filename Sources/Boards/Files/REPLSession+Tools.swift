/// What is known of a board in its raw REPL, and which tools it has.
struct Toolbox: Sendable {
  var traits: BoardTraits?
  /// Tools that the board has kept, by the names that they have there.
  var kept: Set<String> = []
  /// Something is on the board's heap that a tool would not fit besides, if the heap is small.
  var isUsed = true
}

/// Tools run in the raw REPL without leaving a name behind that a program could have, too.
extension REPLSession {
  /// What the board can; it is asked once.
  var traits: BoardTraits {
    get async throws(ManagingError) {
      if let traits = await board.managed.toolbox.traits { return traits }
      let traits: BoardTraits
      do {
        traits = try await askForTraits()
      } catch {
        guard case .raised(let traceback) = error.cause, traceback.contains("MemoryError") else {
          throw error
        }
        try await board.restartInterpreter()
        traits = try await askForTraits()
      }
      await board.keep(traits)
      return traits
    }
  }

  /// Runs a tool to its end.
  ///
  /// - Parameters:
  ///   - arguments: of its `main()`, as Python source.
  ///   - checksums: whether it is to make checksums of files; for each it has two minutes.
  /// - Returns: what it wrote.
  func run(
    _ tool: DeviceTool, _ arguments: String, checksums: Bool = false
  ) async throws(ManagingError) -> String {
    try await start(tool, arguments, checksums: checksums)
    let answer = try await toolOutput(pause: .seconds(checksums ? 120 : 20))
    try await clear()
    return answer
  }

  /// Starts a tool that is talked to, and is to be read to its end; then ``clear()``.
  func start(
    _ tool: DeviceTool, _ arguments: String, checksums: Bool = false
  ) async throws(ManagingError) {
    try await startTool(tool, arguments, checksums: checksums, traits: traits)
  }

  /// Takes a tool off a board that has no room for it besides others; after its end.
  func clear() async throws(ManagingError) {
    if try await traits.isSmall { try await board.restartInterpreter() }
  }

  // MARK: Steps

  private func askForTraits() async throws(ManagingError) -> BoardTraits {
    try await startTool(.traits, "", traits: nil)
    let answer = try await toolOutput()
    guard let traits = BoardTraits(answer) else {
      throw ManagingError(.unintelligible(asked: "what the board can", answer: answer))
    }
    return traits
  }

  private func startTool(
    _ tool: DeviceTool, _ arguments: String, checksums: Bool = false, traits known: BoardTraits?
  ) async throws(ManagingError) {
    let traits = known ?? BoardTraits()
    if known?.isSmall == true {
      if await board.managed.toolbox.isUsed { try await board.restartInterpreter() }
      await board.use()
      for part in PythonSource.parts(try tool.source(for: traits, checksums: checksums)) {
        try await board.startCode(Array(part.utf8))
        _ = try await toolOutput()
      }
      return try await board.startCode(Array("main(\(arguments))\n".utf8))
    }
    let key = "boardwalk \(tool.rawValue)\(checksums ? " checksums" : "")"
    let call = "__import__('sys').modules['\(key)'](\(arguments))\n"
    if await board.managed.toolbox.kept.contains(key) {
      return try await board.startCode(Array(call.utf8))
    }
    var code = "def _():\n"
    for line in try tool.source(for: traits, checksums: checksums).split(separator: "\n") {
      code += " \(line)\n"
    }
    if traits.keepsTools {
      code += " __import__('sys').modules['\(key)']=main\n_()\n_=0\n" + call
    } else {
      code += " main(\(arguments))\n_()\n_=0\n"
    }
    try await board.startCode(Array(code.utf8))
    if traits.keepsTools { await board.keep(key) }
  }

  /// - Parameter pause: how long it may go without writing anything.
  private func toolOutput(pause: Duration = .seconds(20)) async throws(ManagingError) -> String {
    var output: [UInt8] = []
    while true {
      switch try await next(limit: pause) {
      case .bytes(let bytes):
        output += bytes
        let limit = 1 << 20
        guard output.count <= limit else { throw ManagingError(.outputTooLong(limit: limit)) }
      case .ended(let traceback):
        guard traceback.isEmpty else { throw ManagingError(.raised(traceback)) }
        return String(decoding: output, as: UTF8.self)
      }
    }
  }
}

extension Board {
  fileprivate func keep(_ traits: BoardTraits) { managed.toolbox.traits = traits }
  fileprivate func use() { managed.toolbox.isUsed = true }
  fileprivate func keep(_ tool: String) { managed.toolbox.kept.insert(tool) }
}
