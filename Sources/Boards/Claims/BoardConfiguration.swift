/// What a user says of boards: one at a path, or a claim on devices.
public enum BoardConfiguration: Sendable, Hashable {
  /// A board at a path that may appear later, go, and come again; a pty or a link will do.
  case path(name: String, path: String, BoardOptions)
  /// Whatever device the claim means.
  case claim(Claim)

  /// Nil when the name is made of the device.
  public var name: String? {
    switch self {
    case .path(let name, _, _): name
    case .claim(let claim): claim.name
    }
  }

  public var options: BoardOptions {
    get {
      switch self {
      case .path(_, _, let options): options
      case .claim(let claim): claim.options
      }
    }
    set {
      switch self {
      case .path(let name, let path, _): self = .path(name: name, path: path, newValue)
      case .claim(var claim):
        claim.options = newValue
        self = .claim(claim)
      }
    }
  }

  /// Reads `NAME=PLACE[,KEY=VALUE…]`.
  ///
  /// The place is a path, `usb:VVVV[:PPPP]`, `serial:NUMBER` or `socket:WHERE`; keys are `baud`,
  /// `lines`, and for devices `serial`, `socket`, `interface` and `port`. The name `*` stands for
  /// one made of the device.
  ///
  /// - Throws: ``BoardConfigurationError``, which says what is wrong and how it should be.
  public init(argument: String) throws(BoardConfigurationError) {
    guard let equals = argument.firstIndex(of: "="), !argument[..<equals].contains(",") else {
      throw BoardConfigurationError(
        "\"\(argument)\" names no port. Write NAME=PATH, such as pico=/dev/ttyACM0, or "
          + "NAME=usb:VVVV:PPPP.")
    }
    let name = String(argument[..<equals])
    var parts = argument[argument.index(after: equals)...].split(
      separator: ",", omittingEmptySubsequences: false)[...]
    var builder = ClaimBuilder(subject: argument)
    try builder.setPlace(String(parts.removeFirst()))
    for part in parts {
      guard let equals = part.firstIndex(of: "=") else {
        throw BoardConfigurationError(
          "\"\(part)\" in \"\(argument)\" has no value. Write KEY=VALUE, such as baud=115200.")
      }
      try builder.set(
        String(part[..<equals]), to: String(part[part.index(after: equals)...]))
    }
    self = try builder.configuration(name: name == "*" ? nil : name)
  }
}

/// What is wrong with a board's configuration.
public struct BoardConfigurationError: Error, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
