import APIClient
import Boards

/// Where a command finds its board.
enum BoardPlace: Sendable {
  /// A board of a gateway that runs.
  case named(String, at: GatewayAddress)
  /// A port of this machine, for a gateway of the command's own; the board's name is ``ownName``.
  case port(BoardConfiguration, path: String)

  /// What a board is called that nobody named.
  static let ownName = "board"

  /// Checks a board's name.
  init(name: String, at gateway: GatewayAddress) throws(BoardConfigurationError) {
    try BoardName.check(name)
    self = .named(name, at: gateway)
  }

  /// Reads `PATH[,KEY=VALUE…]`.
  init(port: String) throws(BoardConfigurationError) {
    var configuration = try BoardConfiguration(argument: "\(Self.ownName)=\(port)")
    guard case .path(_, let path, _) = configuration else {
      throw BoardConfigurationError(
        "\"\(port)\" is no port. Write its path, such as /dev/ttyACM0, or /dev/ttyUSB0,baud=115200; "
          + "`boardwalk boards` lists what is plugged in.")
    }
    configuration.options.title = path
    self = .port(configuration, path: path)
  }

  /// The board in words.
  var title: String {
    switch self {
    case .named(let name, _): name
    case .port(_, let path): path
    }
  }
}
