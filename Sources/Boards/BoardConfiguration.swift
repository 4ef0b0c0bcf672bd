public import SerialIO

/// What a user says of a board: its name, and where it is.
public struct BoardConfiguration: Sendable, Hashable {
  /// Safe in a URL and in a host name: letters, digits and hyphens, at most 63.
  public var name: String
  /// The port's path; it may appear later, go, and come again.
  public var path: String
  /// Rate, flow control and modem lines.
  public var serial: SerialSettings
  /// Bytes that the line carries in a second; nil for USB and ptys, which have no real rate.
  public var lineRate: Int?
  /// How long a request may wait for the head of its response.
  public var deadline: Duration
  /// Requests that may wait for a free stream; one more is refused.
  public var queueLimit: Int

  public init(
    name: String, path: String, serial: SerialSettings = SerialSettings(), lineRate: Int? = nil,
    deadline: Duration = .seconds(30), queueLimit: Int = 64
  ) {
    self.name = name
    self.path = path
    self.serial = serial
    self.lineRate = lineRate
    self.deadline = deadline
    self.queueLimit = queueLimit
  }

  /// Reads `NAME=PATH[,baud=N]`.
  ///
  /// - Throws: ``BoardConfigurationError``, which says what is wrong and how it should be.
  public init(argument: String) throws(BoardConfigurationError) {
    guard let equals = argument.firstIndex(of: "=") else {
      throw BoardConfigurationError(
        "\"\(argument)\" names no port. Write NAME=PATH, such as pico=/dev/ttyACM0.")
    }
    let name = String(argument[..<equals])
    try Self.check(name: name)
    var parts = argument[argument.index(after: equals)...].split(
      separator: ",", omittingEmptySubsequences: false)[...]
    let path = String(parts.removeFirst())
    guard !path.isEmpty else {
      throw BoardConfigurationError(
        "\"\(argument)\" has an empty path. Write NAME=PATH, such as pico=/dev/ttyACM0.")
    }
    self.init(name: name, path: path)
    for part in parts {
      guard part.hasPrefix("baud="), let rate = Int(part.dropFirst(5)), rate > 0, rate <= 12_000_000
      else {
        throw BoardConfigurationError(
          "\"\(part)\" in \"\(argument)\" is not known. After the path comes ,baud=N, in bits a "
            + "second, up to 12000000.")
      }
      serial.baudRate = rate
      lineRate = rate / 10
    }
  }

  /// Checks that a name can stand in a URL and in a host name.
  public static func check(name: String) throws(BoardConfigurationError) {
    let isAllowed = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      case UInt8(ascii: "-"): true
      default: false
      }
    }
    guard isAllowed, !name.isEmpty, name.utf8.count <= 63, name.first != "-", name.last != "-"
    else {
      throw BoardConfigurationError(
        "\"\(name)\" cannot be a board's name, which stands in URLs and host names: use 1 to 63 of "
          + "a to z, 0 to 9 and -, with no - at either end.")
    }
  }
}

/// What is wrong with a board's configuration.
public struct BoardConfigurationError: Error, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
