public import DeviceDiscovery

/// Names of boards, which stand in URLs and in host names.
public enum BoardName {
  /// Longest name, a DNS label's.
  static let limit = 63

  /// Checks that a name can stand in a URL and in a host name.
  public static func check(_ name: String) throws(BoardConfigurationError) {
    let isAllowed = name.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    guard isAllowed, !name.isEmpty, name.utf8.count <= limit, name.first != "-", name.last != "-"
    else {
      throw BoardConfigurationError(
        "\"\(name)\" cannot be a board's name, which stands in URLs and host names: use 1 to 63 of "
          + "a to z, 0 to 9 and -, with no - at either end.")
    }
  }

  /// A name for a device that nobody named: product and serial number, or, without one, the socket.
  ///
  /// The same for the same device after a replug and a restart. A second port of a board has its
  /// interface's number behind; the first is interface 0, or 1 behind mass storage.
  public static func made(for device: Device) -> String {
    let product = trimmed(label(device.product ?? "").prefix(20))
    // The end tells serial numbers of one maker apart better than the beginning.
    let identity =
      [device.serialNumber, device.usbPort, device.busPath, device.node].lazy
      .compactMap { $0.map { trimmed(label($0).suffix(28)) } }.first { !$0.isEmpty } ?? "unknown"
    var parts = [product.isEmpty ? "board" : product, identity]
    if let port = device.portNumber, port > 0 { parts.append("port\(port)") }
    if let interface = device.interfaceNumber, interface > 1 { parts.append("if\(interface)") }
    return parts.filter { !$0.isEmpty }.joined(separator: "-")
  }

  /// Letters and digits in small, everything between them one hyphen.
  private static func label(_ text: String) -> String {
    var label = ""
    for byte in text.lowercased().utf8 {
      if isAlphanumeric(byte) {
        label.unicodeScalars.append(Unicode.Scalar(byte))
      } else if label.last != "-" {
        label.append("-")
      }
    }
    return label
  }

  private static func trimmed(_ label: Substring) -> String {
    var label = label
    while label.last == "-" { label.removeLast() }
    while label.first == "-" { label.removeFirst() }
    return String(label)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: false
    }
  }
}
