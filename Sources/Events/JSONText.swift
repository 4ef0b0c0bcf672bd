/// Writes JSON (RFC 8259) in UTF-8.
///
/// Its own because events need so little of it, and need it without Foundation and fast.
enum JSONText {
  /// What a member of an object may be.
  enum Value {
    case text(String)
    case number(Int64)
    /// Bytes that should be UTF-8; what is not becomes U+FFFD.
    case bytes([UInt8])
  }

  /// Writes an object with its keys in the order of their bytes.
  static func write(_ members: [(key: String, value: Value)], to out: inout [UInt8]) {
    out.append(UInt8(ascii: "{"))
    var isFirst = true
    for member in members.sorted(by: { $0.key < $1.key }) {
      if !isFirst { out.append(UInt8(ascii: ",")) }
      isFirst = false
      write(member.key, to: &out)
      out.append(UInt8(ascii: ":"))
      switch member.value {
      case .text(let text): write(text, to: &out)
      case .number(let number): out.append(contentsOf: String(number).utf8)
      case .bytes(let bytes): write(String(decoding: bytes, as: UTF8.self), to: &out)
      }
    }
    out.append(UInt8(ascii: "}"))
  }

  /// Writes a string. No control character comes through, so the text has no line's end.
  static func write(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        out.append(UInt8(ascii: "\\"))
        out.append(byte)
      case 0x0A: out.append(contentsOf: #"\n"#.utf8)
      case 0x0D: out.append(contentsOf: #"\r"#.utf8)
      case 0x09: out.append(contentsOf: #"\t"#.utf8)
      case 0..<0x20:
        out.append(contentsOf: #"\u00"#.utf8)
        out.append(digits[Int(byte >> 4)])
        out.append(digits[Int(byte & 15)])
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
  }

  private static let digits = Array("0123456789abcdef".utf8)
}
