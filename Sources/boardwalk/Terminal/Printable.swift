/// Texts of boards, devices and gateways, made safe for a terminal.
///
/// A board prints what it likes: an escape sequence could move the cursor, change colours or have
/// the terminal type an answer, and a mark of writing direction could disguise a text.
enum Printable {
  /// Shows what is no plain character as `\x1b` or `\u{202e}`, tabs as blanks.
  static func text(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\t": result += "    "
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case _ where isUnsafe(scalar):
        let digits = String(scalar.value, radix: 16)
        result +=
          scalar.value < 0x100 ? "\\x" + (digits.count < 2 ? "0" : "") + digits : "\\u{\(digits)}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The same for a JSON text, which stays the same JSON: outside of its strings nothing is unsafe
  /// but line feeds, and inside there are none.
  static func json(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      guard isUnsafe(scalar), scalar != "\n" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return result
  }

  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value >= 0x20 && scalar.value < 0x7F { return false }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: return true
    // Joiners are parts of words and of emoji; the rest of this category changes how others look.
    case .format: return scalar.value != 0x200C && scalar.value != 0x200D
    default: return false
    }
  }
}
