/// The last bytes of what a board says.
struct Tail: Sendable {
  /// Twice the limit at most, so that bytes are seldom moved.
  private var bytes: [UInt8] = []
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  var isEmpty: Bool { bytes.isEmpty }
  /// At most `limit` bytes.
  var content: ArraySlice<UInt8> { bytes.suffix(limit) }

  mutating func append(_ byte: UInt8) {
    bytes.append(byte)
    trim()
  }

  mutating func append(_ more: some Collection<UInt8>) {
    bytes += more.suffix(limit)
    trim()
  }

  mutating func clear() { bytes.removeAll(keepingCapacity: true) }

  mutating func take() -> [UInt8] {
    defer { clear() }
    return Array(content)
  }

  /// Returns do not count: `\n` may come as it is, with one return, or, through a terminal that adds
  /// another, with two.
  func ends(with mark: [UInt8]) -> Bool {
    guard bytes.last == mark.last else { return false }
    var index = bytes.endIndex
    for expected in mark.reversed() {
      repeat {
        guard index > bytes.startIndex else { return false }
        index -= 1
      } while bytes[index] == 0x0D
      guard bytes[index] == expected else { return false }
    }
    return true
  }

  func contains(_ mark: [UInt8]) -> Bool {
    bytes.count >= mark.count
      && bytes.indices.dropLast(mark.count - 1).contains { start in
        bytes[start...].starts(with: mark)
      }
  }

  /// For people: one line, control bytes as `\xNN`.
  var printable: String {
    var text = ""
    for byte in content {
      switch byte {
      case 0x0A: text += "\\n"
      case 0x0D: continue
      case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        text += "\\x" + (digits.count < 2 ? "0" : "") + digits
      }
    }
    return text
  }

  private mutating func trim() {
    if bytes.count > 2 * limit { bytes.removeFirst(bytes.count - limit) }
  }
}
