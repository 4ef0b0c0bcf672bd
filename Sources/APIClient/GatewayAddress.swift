/// Where a gateway listens: a host and a TCP port, or a Unix socket.
public struct GatewayAddress: Sendable, Hashable, CustomStringConvertible {
  /// A name, or an IP address without brackets; `localhost` for a Unix socket.
  public var host: String
  /// 0 for a Unix socket.
  public var port: Int
  /// The path of a Unix socket; nil for TCP.
  public var socketPath: String?

  /// The port that a gateway has unless told otherwise.
  public static let usualPort = 8080

  public init(host: String = "127.0.0.1", port: Int = usualPort) {
    self.host = host
    self.port = port
  }

  public init(socketPath: String) {
    self.init(host: "localhost", port: 0)
    self.socketPath = socketPath
  }

  /// Longest path of a Unix socket, in bytes: what the system's address has room for.
  public static let longestSocketPath = 107

  /// Reads `HOST:PORT`, `[V6]:PORT`, `:PORT` (this machine), `HOST`, or any of them with `http://`
  /// before it, or `unix:/PATH`; nil for anything else.
  public init?(_ text: String) {
    var text = text
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst("unix:".count))
      let isWhole = path.utf8.count <= Self.longestSocketPath && !path.utf8.contains(0)
      guard path.hasPrefix("/"), !path.hasSuffix("/"), isWhole else { return nil }
      self.init(socketPath: path)
      return
    }
    if text.hasPrefix("http://") {
      text.removeFirst("http://".count)
      if text.hasSuffix("/") { text.removeLast() }
    }
    // It stands in a request's head, where a line end would begin another field.
    let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
    guard isPlain, !text.isEmpty else { return nil }
    var host = text
    var port = Self.usualPort
    if !(text.hasPrefix("[") && text.hasSuffix("]")), let colon = text.lastIndex(of: ":") {
      let digits = text[text.index(after: colon)...]
      guard digits.allSatisfy(\.isNumber), let number = Int(digits), (0...65535).contains(number)
      else { return nil }
      host = String(text[..<colon])
      port = number
    }
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
    } else if host.contains(":") {
      return nil
    }
    self.init(host: host.isEmpty ? "127.0.0.1" : host, port: port)
  }

  /// `HOST:PORT`, as in a URL, or `unix:/PATH`.
  public var description: String {
    if let socketPath { return "unix:" + socketPath }
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// What stands in a request's Host field.
  var hostField: String { socketPath == nil ? description : host }

  /// Whether it can only be a gateway on this machine.
  public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

  /// The address under which a gateway that listens here is reached from this machine.
  public var reachable: GatewayAddress {
    switch host {
    case "0.0.0.0": GatewayAddress(host: "127.0.0.1", port: port)
    case "::": GatewayAddress(host: "::1", port: port)
    default: self
    }
  }
}
