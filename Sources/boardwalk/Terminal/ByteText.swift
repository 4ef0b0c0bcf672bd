/// Numbers of bytes as people read them.
enum ByteText {
  /// `1 byte`, `12,345 bytes`.
  static func count(_ bytes: Int) -> String { bytes == 1 ? "1 byte" : grouped(bytes) + " bytes" }

  /// `12,345`.
  static func grouped(_ number: Int) -> String {
    var text = ""
    for (index, digit) in String(number.magnitude).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (number < 0 ? "-" : "") + String(text.reversed())
  }

  /// `950 B/s`, `11.5 kB/s`, `2.0 MB/s`.
  static func rate(_ bytesPerSecond: Double) -> String {
    switch bytesPerSecond {
    case ..<1000: "\(Int(bytesPerSecond)) B/s"
    case ..<1_000_000: oneDecimal(bytesPerSecond / 1000) + " kB/s"
    default: oneDecimal(bytesPerSecond / 1_000_000) + " MB/s"
    }
  }

  /// `0.0`, `12.3`.
  static func oneDecimal(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
