/// Cuts a board's console output into lines.
struct ConsoleLines {
  /// Longest line, in bytes; a longer one is cut.
  static let limit = 1024

  private var held: [UInt8] = []

  /// Whether there is text without a line's end behind it, such as a prompt.
  var hasRest: Bool { !held.isEmpty }

  /// Whether the line so far is what MicroPython's REPL shows when it waits for input.
  var isPrompt: Bool { held == Self.prompt }

  private static let prompt = Array(">>> ".utf8)

  /// Takes text; returns the lines that it completes, without CR and LF.
  mutating func append(_ bytes: [UInt8]) -> [String] {
    var lines: [String] = []
    for byte in bytes {
      if byte == 0x0A {
        lines.append(takeRest())
      } else {
        held.append(byte)
        if held.count == Self.limit { lines.append(takeRest()) }
      }
    }
    return lines
  }

  /// Takes the text that has no end yet.
  mutating func takeRest() -> String {
    while held.last == 0x0D { held.removeLast() }
    defer { held = [] }
    return String(decoding: held, as: UTF8.self)
  }
}
