/// Bytes from sysfs and udev, which a device may have chosen, made into values that are safe to
/// show, to log and to compare.
enum UntrustedText {
  /// The most bytes that are looked at of one value. sysfs gives at most 4,096.
  static let byteLimit = 4096
  /// A USB string descriptor holds at most 126 UTF-16 units.
  static let wordLimit = 126

  /// A text for people: invalid UTF-8 repaired, control and formatting characters taken out
  /// (escape sequences, line ends, changes of writing direction), no space around it.
  ///
  /// - Returns: at most 126 Unicode scalars; nil when nothing is left.
  static func words(_ bytes: [UInt8]?) -> String? {
    guard let bytes else { return nil }
    let scalars = String(decoding: bytes.prefix(byteLimit), as: UTF8.self).unicodeScalars
    let kept = scalars.lazy.filter(isPlain).drop { $0.properties.isWhitespace }
    var words = String.UnicodeScalarView(kept.prefix(wordLimit))
    while let last = words.last, last.properties.isWhitespace { words.removeLast() }
    return words.isEmpty ? nil : String(words)
  }

  /// A name that programs use: the same, or nothing when a repair would be needed, since a
  /// repaired name is another name.
  static func name(_ bytes: [UInt8]?, limit: Int = 255) -> String? {
    guard let bytes, (1...limit).contains(bytes.count),
      let name = String(validating: bytes, as: UTF8.self),
      name.unicodeScalars.allSatisfy({ isPlain($0) && !$0.properties.isWhitespace })
    else { return nil }
    return name
  }

  /// An absolute path below `root`, without steps back up.
  static func path(_ bytes: [UInt8]?, below root: String) -> String? {
    guard let path = name(bytes, limit: byteLimit), path.hasPrefix(root + "/") else { return nil }
    let steps = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    return steps.contains { $0.isEmpty || $0 == "." || $0 == ".." } ? nil : path
  }

  /// A number of exactly so many hexadecimal digits, without sign, prefix or space.
  static func hexadecimal(_ bytes: [UInt8]?, digits: Int) -> UInt16? {
    guard let bytes, bytes.count == digits, digits <= 4 else { return nil }
    var value: UInt16 = 0
    for byte in bytes {
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      value = value << 4 | UInt16(digit)
    }
    return value
  }

  /// A decimal number of at most 18 digits, without sign or space.
  static func decimal(_ bytes: [UInt8]?) -> UInt64? {
    guard let bytes, (1...18).contains(bytes.count) else { return nil }
    var value: UInt64 = 0
    for byte in bytes {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
    }
    return value
  }

  /// Undoes udev's `\x20` for bytes outside its safe set, as in ID_MODEL_ENC.
  static func unescaped(_ bytes: [UInt8]?) -> [UInt8]? {
    guard let bytes else { return nil }
    var result: [UInt8] = []
    var rest = bytes.prefix(byteLimit)
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x"),
        let value = hexadecimal(Array(rest.dropFirst().prefix(2)), digits: 2)
      {
        result.append(UInt8(value))
        rest = rest.dropFirst(3)
      } else {
        result.append(byte)
      }
    }
    return result
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
      .unassigned:
      false
    default: true
    }
  }
}
