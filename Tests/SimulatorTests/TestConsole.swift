import SerialIO
import Simulator

/// Talks to a board's REPL, and reads what it says piece by piece.
actor TestConsole {
  /// How code gets to the board.
  enum Way: CaseIterable { case paste, raw, rawPaste }

  private let line: TestLine
  /// What has come and was not read yet.
  private var rest: [UInt8] = []

  init(_ line: TestLine) { self.line = line }

  func write(_ bytes: [UInt8]) async throws {
    try await line.write(bytes)
  }

  /// Types a line at the prompt.
  func type(_ text: String) async throws {
    try await write(Array((text + "\r").utf8))
  }

  /// Reads so many bytes.
  func read(count: Int) async throws -> [UInt8] {
    try await read { $0.count >= count ? count : nil }
  }

  /// Reads up to this text and over it.
  @discardableResult
  func read(to text: String, within limit: Duration = .seconds(60)) async throws -> String {
    let end = Array(text.utf8)
    let bytes = try await read(within: limit) { $0.firstRange(of: end)?.upperBound }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Interrupts whatever runs, and reads all up to a prompt. What is sent while MicroPython
  /// starts may be lost, or be read by main.py, and so is sent again.
  func reachPrompt() async throws {
    for round in 0..<50 {
      try await write([0x03])
      try await type("'round' + ' \(round)'")
      let answer = try? await read(to: "'round \(round)'\n>>> ", within: .milliseconds(200))
      if answer != nil { return }
    }
    throw TestFailure("no prompt")
  }

  /// Runs code; its output comes next.
  ///
  /// - Parameter more: what is sent at once behind it.
  func run(_ code: String, _ way: Way, followedBy more: [UInt8] = []) async throws {
    let bytes = Array(code.utf8) + [0x04] + more
    switch way {
    case .paste:
      try await write([0x05])
      try await read(to: "=== ")
      try await write(bytes)
      // The echo ends like the code.
      try await read(to: (code.split(separator: "\n").last ?? "") + "\r\n")
    case .raw:
      try await enterRaw()
      try await write(bytes)
      try await read(to: "OK")
    case .rawPaste:
      try await enterRaw()
      try await write([0x05, 0x41, 0x01])
      // The window is longer than what any test pastes.
      try await read(to: "R\u{1}")
      _ = try await read(count: 3)
      try await write(bytes)
      try await read(to: "\u{4}")
    }
  }

  /// Waits for the end of the code that was run; the friendly REPL comes next.
  @discardableResult
  func end(_ way: Way) async throws -> String {
    guard way != .paste else { return try await read(to: ">>> ") }
    let text = try await read(to: "\u{4}>")
    try await write([0x02])
    try await read(to: ">>> ")
    return text
  }

  /// Has a program send back what it reads.
  func echo(_ bytes: [UInt8], _ way: Way, first: String = "") async throws -> [UInt8] {
    let code = """
      import sys
      \(first)
      print('re' + 'ady')
      for _ in range(\(bytes.count)): _ = sys.stdout.buffer.write(sys.stdin.buffer.read(1))
      """
    try await run(code, way)
    try await read(to: "ready\n")
    let line = line
    async let written: Void = line.writeAside(bytes)
    let echo = try await read(count: bytes.count)
    try await written
    return echo
  }

  private func enterRaw() async throws {
    try await write([0x01])
    try await read(to: "raw REPL; CTRL-B to exit\r\n>")
  }

  /// - Parameter end: where what is wanted ends in what has come; nil while it does not.
  private func read(
    within limit: Duration = .seconds(60), to end: @escaping @Sendable ([UInt8]) -> Int?
  ) async throws -> [UInt8] {
    let before = rest
    let bytes = try await line.blocking { descriptor in
      try TestLine.read(from: descriptor, after: before, within: limit) { end($0) != nil }
    }
    let count = end(bytes) ?? 0
    rest = Array(bytes[count...])
    return Array(bytes[..<count])
  }
}
