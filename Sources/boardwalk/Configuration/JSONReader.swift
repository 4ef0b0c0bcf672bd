/// Reads JSON (RFC 8259) that people write: it says at which line what is wrong, and takes no key
/// twice, of which other readers silently forget one.
struct JSONReader {
  /// What is wrong with a text, and where; both counted from 1, columns in bytes.
  struct Failure: Error, CustomStringConvertible {
    var line: Int
    var column: Int
    var text: String

    var description: String { "\(text) at line \(line), column \(column)" }
  }

  /// Deepest nesting; settings need 3.
  private static let deepest = 16

  private let bytes: [UInt8]
  private var index = 0

  /// Reads a whole text.
  static func read(_ bytes: [UInt8]) throws(Failure) -> JSONValue {
    var reader = JSONReader(bytes: bytes)
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw Failure(line: 1, column: 1, text: "it is not UTF-8, as JSON has to be; it begins")
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.index = 3 }
    let value = try reader.value(depth: 0)
    reader.skipBlanks()
    if reader.index < bytes.count { throw reader.failure("there is more behind the end") }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func value(depth: Int) throws(Failure) -> JSONValue {
    skipBlanks()
    guard depth < Self.deepest else { throw failure("this is nested too deeply") }
    switch next {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .list(try list(depth: depth))
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
    case nil: throw failure("the text ends where a value is missing")
    default:
      for (word, value) in [
        ("true", JSONValue.bool(true)), ("false", .bool(false)), ("null", .null),
      ]
      where bytes[index...].starts(with: word.utf8) {
        index += word.utf8.count
        return value
      }
      throw failure("a value is missing, such as \"text\", 1, true, [ ] or { }")
    }
  }

  private mutating func object(depth: Int) throws(Failure) -> [String: JSONValue] {
    var members: [String: JSONValue] = [:]
    index += 1
    skipBlanks()
    while next != UInt8(ascii: "}") {
      guard next == UInt8(ascii: "\"") else { throw failure("a key in quotes is missing") }
      let start = index
      let key = try text()
      guard members[key] == nil else { throw failure("the key \"\(key)\" comes twice", at: start) }
      skipBlanks()
      guard next == UInt8(ascii: ":") else { throw failure("a colon is missing behind the key") }
      index += 1
      members[key] = try value(depth: depth + 1)
      try separator(before: UInt8(ascii: "}"))
    }
    index += 1
    return members
  }

  private mutating func list(depth: Int) throws(Failure) -> [JSONValue] {
    var values: [JSONValue] = []
    index += 1
    skipBlanks()
    while next != UInt8(ascii: "]") {
      values.append(try value(depth: depth + 1))
      try separator(before: UInt8(ascii: "]"))
    }
    index += 1
    return values
  }

  /// A comma and another element, or the end.
  private mutating func separator(before end: UInt8) throws(Failure) {
    skipBlanks()
    if next == end { return }
    let character = Character(Unicode.Scalar(end))
    guard let next else { throw failure("the text ends where a comma or \(character) is missing") }
    guard next == UInt8(ascii: ",") else {
      throw failure("a comma or \(character) is missing")
    }
    let comma = index
    index += 1
    skipBlanks()
    if self.next == end { throw failure("there is a comma with nothing behind it", at: comma) }
  }

  private mutating func number() throws(Failure) -> JSONValue {
    let start = index
    while let byte = next, "+-.eE0123456789".utf8.contains(byte) { index += 1 }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if text.wholeMatch(of: /-?(0|[1-9][0-9]*)/) != nil, let number = Int(text) {
      return .int(number)
    }
    guard text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+\-]?[0-9]+)?/) != nil,
      let number = Double(text), number.isFinite
    else { throw failure("\(text.prefix(40)) is no number", at: start) }
    return .double(number)
  }

  private mutating func text() throws(Failure) -> String {
    let start = index
    var units: [UInt8] = []
    index += 1
    while let byte = next {
      index += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
      case UInt8(ascii: "\\"): units += String(try escaped()).utf8
      case 0..<0x20:
        throw failure("a control character stands in a text; is a quote missing?", at: index - 1)
      default: units.append(byte)
      }
    }
    throw failure("this text has no quote at its end", at: start)
  }

  /// What stands behind a backslash.
  private mutating func escaped() throws(Failure) -> Unicode.Scalar {
    guard let byte = next else { throw failure("the text ends in an escape") }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let first = try fourDigits()
      if let scalar = Unicode.Scalar(first) { return scalar }
      if (0xD800..<0xDC00).contains(first), bytes[index...].starts(with: #"\u"#.utf8) {
        index += 2
        let second = try fourDigits()
        if (0xDC00..<0xE000).contains(second) {
          let value = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
          if let scalar = Unicode.Scalar(value) { return scalar }
        }
      }
      throw failure("half a character stands here")
    default: throw failure("there is no such escape; write \\\\ for a backslash", at: index - 2)
    }
  }

  private mutating func fourDigits() throws(Failure) -> UInt32 {
    let digits = bytes[index...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw failure("\\u takes four hexadecimal digits") }
    index += 4
    return value
  }

  private mutating func skipBlanks() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { index += 1 }
  }

  private func failure(_ text: String, at place: Int? = nil) -> Failure {
    let before = bytes[..<(place ?? index)]
    let line = before.count { $0 == 0x0A } + 1
    let column = before.count - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
    return Failure(line: line, column: column, text: text)
  }
}
