/// Values as Python source, and back.
enum PythonLiteral {
  /// A string. Whatever is in it, the literal is printable ASCII.
  static func string(_ text: String) -> String {
    var literal = "'"
    for scalar in text.unicodeScalars {
      switch scalar {
      case "'", "\\": literal += "\\\(scalar)"
      case " "..."~": literal.unicodeScalars.append(scalar)
      default:
        let (escape, width) =
          scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x1_0000 ? ("u", 4) : ("U", 8)
        let digits = String(scalar.value, radix: 16)
        literal += "\\" + escape + String(repeating: "0", count: width - digits.count) + digits
      }
    }
    return literal + "'"
  }

  /// A tuple of what are literals already.
  static func tuple(_ literals: [String]) -> String {
    "(" + literals.map { $0 + "," }.joined() + ")"
  }

  static func bool(_ value: Bool) -> String { value ? "1" : "0" }

  /// The string that `repr()` gave this for; nil when it is no such literal.
  static func parse(_ literal: Substring) -> String? {
    var rest = literal.unicodeScalars[...]
    guard let quote = rest.popFirst(), quote == "'" || quote == "\"", rest.popLast() == quote
    else { return nil }
    var text = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      guard scalar != quote else { return nil }
      guard scalar == "\\" else {
        text.append(scalar)
        continue
      }
      switch rest.popFirst() {
      case "n": text.append("\n")
      case "r": text.append("\r")
      case "t": text.append("\t")
      case "x": guard append(digits: 2) else { return nil }
      case "u": guard append(digits: 4) else { return nil }
      case "U": guard append(digits: 8) else { return nil }
      case let other? where other == "\\" || other == "'" || other == "\"": text.append(other)
      default: return nil
      }
    }
    return String(text)

    func append(digits count: Int) -> Bool {
      guard rest.count >= count,
        let value = UInt32(String(String.UnicodeScalarView(rest.prefix(count))), radix: 16),
        let scalar = Unicode.Scalar(value)
      else { return false }
      rest.removeFirst(count)
      text.append(scalar)
      return true
    }
  }
}
