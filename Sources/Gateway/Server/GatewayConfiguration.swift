import NIOCore

/// What a user says of the HTTP side.
public struct GatewayConfiguration: Sendable {
  /// Where to listen; loopback unless the user says otherwise.
  public var host: String
  /// 0 takes any free port.
  public var port: Int
  /// Where to listen in place of host and port: a Unix socket that only this user can use.
  public var socketPath: String?
  /// A request for `{board}.{domain}` goes to that board, besides `{board}.localhost`.
  public var domain: String?
  /// Request header fields that travel to boards.
  public var forwardedFields: ForwardedFields
  /// Most bytes of a request's body.
  public var largestBody: Int
  /// Whether boards can be managed: their files read and written, code run on them.
  public var allowsManaging: Bool
  /// How long a client may take to send or take bytes before its connection is closed, in seconds.
  public var idleTimeout: Int
  /// Clients that may be connected at a time; others wait. Each takes a descriptor.
  public var mostConnections = 512
  /// A sign of life after so long keeps proxies from closing idle streams of events, and finds dead
  /// clients.
  var heartbeat: TimeAmount = .seconds(15)

  /// Whether programs on this machine alone can reach it over the network. A Unix socket is no
  /// part of that: no page can reach it, whatever name it has.
  var isLoopback: Bool {
    socketPath == nil && (host == "localhost" || host.hasPrefix("127.") || host == "::1")
  }

  public init(
    host: String = "127.0.0.1", port: Int = 8080, domain: String? = nil,
    forwardedFields: ForwardedFields = .usual, largestBody: Int = 16 << 20,
    allowsManaging: Bool = false, idleTimeout: Int = 60
  ) {
    self.host = host
    self.port = port
    self.domain = domain
    self.forwardedFields = forwardedFields
    self.largestBody = largestBody
    self.allowsManaging = allowsManaging
    self.idleTimeout = idleTimeout
  }
}
