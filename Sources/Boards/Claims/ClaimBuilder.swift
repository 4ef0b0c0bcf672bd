import SerialIO

/// Makes a board's configuration of texts, one setting after the other.
public struct ClaimBuilder {
  /// What the settings are of, for messages.
  private let subject: String
  private var path: String?
  private var match = DeviceMatch()
  private var options = BoardOptions()
  private var isDevice = false

  /// - Parameter subject: what the settings are of, for messages.
  public init(subject: String) { self.subject = subject }

  /// The settings' names, as ``set(_:to:)`` takes them.
  public static let keys = [
    "path", "usb", "serial", "socket", "interface", "port", "baud", "lines", "flow", "deadline",
  ]

  /// Reads a path, `usb:…`, `serial:…` or `socket:…`.
  public mutating func setPlace(_ place: String) throws(BoardConfigurationError) {
    for key in ["usb", "serial", "socket"] where place.hasPrefix(key + ":") {
      return try set(key, to: String(place.dropFirst(key.count + 1)))
    }
    try set("path", to: place)
  }

  /// Takes one setting.
  public mutating func set(_ key: String, to value: String) throws(BoardConfigurationError) {
    guard !value.isEmpty else {
      throw wrong(
        key == "path"
          ? "has an empty path. Write a path such as /dev/ttyACM0" : "has an empty \(key)")
    }
    switch key {
    case "path": path = value
    case "usb": (match.vendorID, match.productIDs) = try usb(value)
    case "serial": match.serialNumber = value
    case "socket": match.socket = value
    case "interface": match.interfaceNumber = try number(key, value, 0...255)
    case "port": match.portNumber = try number(key, value, 0...255)
    case "baud": try options.setBaudRate(try number(key, value, 1...12_000_000))
    case "deadline":
      options.deadline = .seconds(try number(key, value, 1...86_400))
    case "lines":
      guard let profile = ModemLineProfile(rawValue: value) else {
        throw wrong("has lines=\(value); there are default, esp and none")
      }
      options.serial.modemLines = profile
    case "flow":
      guard value == "rtscts" || value == "none" else {
        throw wrong("has flow=\(value); there are none and rtscts")
      }
      options.serial.hardwareFlowControl = value == "rtscts"
    default:
      throw wrong("has \"\(key)\", which is no setting; there are \(Self.listed)")
    }
    if ["usb", "serial", "socket", "interface", "port"].contains(key) { isDevice = true }
  }

  /// Puts it together.
  ///
  /// - Parameter name: the board's; nil for one made of the device.
  public func configuration(name: String?) throws(BoardConfigurationError) -> BoardConfiguration {
    if let name { try BoardName.check(name) }
    if let path, !isDevice {
      guard let name else {
        throw wrong("gives a path but no name; a name is made for USB devices only")
      }
      return .path(name: name, path: path, options)
    }
    var match = match
    match.path = path
    let isVague =
      match.vendorID == nil && match.serialNumber == nil && match.socket == nil && path == nil
    guard !isVague else {
      throw wrong("says too little; give a path, usb, serial or socket")
    }
    return .claim(Claim(name: name, match: match, options: options))
  }

  // MARK: Values

  private static var listed: String { keys.joined(separator: ", ") }

  private func wrong(_ text: String) -> BoardConfigurationError {
    BoardConfigurationError("\"\(subject)\" \(text).")
  }

  private func usb(
    _ text: String
  ) throws(BoardConfigurationError) -> (UInt16, ClosedRange<UInt16>?) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.map { $0.count == 4 ? UInt16($0, radix: 16) : nil }
    guard parts.count <= 2, let vendor = numbers[0] else { throw wrongUSB(text) }
    if parts.count == 1 { return (vendor, nil) }
    guard let product = numbers[1] else { throw wrongUSB(text) }
    return (vendor, product...product)
  }

  private func wrongUSB(_ text: String) -> BoardConfigurationError {
    wrong("has usb:\(text); write usb:VVVV or usb:VVVV:PPPP, four hexadecimal digits each")
  }

  private func number(
    _ key: String, _ text: String, _ range: ClosedRange<Int>
  ) throws(BoardConfigurationError) -> Int {
    guard let number = Int(text), range.contains(number) else {
      throw wrong("has \(key)=\(text); it must be \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}
