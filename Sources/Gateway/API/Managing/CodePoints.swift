/// Cuts bytes into texts without cutting a character that comes in two pieces.
struct CodePoints {
  /// The beginning of a character whose end is still to come; at most three bytes.
  private var rest: [UInt8] = []

  /// Takes bytes; returns the text that is whole by now. What is no UTF-8 becomes U+FFFD.
  mutating func append(_ bytes: [UInt8]) -> String {
    rest += bytes
    let text = rest.dropLast(Self.unfinished(rest))
    rest.removeFirst(text.count)
    return String(decoding: text, as: UTF8.self)
  }

  /// Takes what is left when nothing follows.
  mutating func finish() -> String {
    defer { rest = [] }
    return String(decoding: rest, as: UTF8.self)
  }

  /// How many bytes at the end are the beginning of a character.
  private static func unfinished(_ bytes: [UInt8]) -> Int {
    for (index, byte) in bytes.reversed().prefix(3).enumerated() {
      switch byte {
      case 0x80...0xBF: continue
      case 0xC2...0xDF: return index < 1 ? index + 1 : 0
      case 0xE0...0xEF: return index < 2 ? index + 1 : 0
      case 0xF0...0xF4: return index < 3 ? index + 1 : 0
      default: return 0
      }
    }
    return 0
  }
}
