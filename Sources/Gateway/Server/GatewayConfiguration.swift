import NIOCore

/// What a user says of the HTTP side.
public struct GatewayConfiguration: Sendable {
  /// Where to listen; loopback unless the user says otherwise.
  public var host: String
  /// 0 takes any free port.
  public var port: Int
  /// A request for `{board}.{domain}` goes to that board, besides `{board}.localhost`.
  public var domain: String?
  /// Request header fields that travel to boards.
  public var forwardedFields: ForwardedFields
  /// Most bytes of a request's body.
  public var largestBody: Int
  /// How long a client may take to send or take bytes before its connection is closed, in seconds.
  public var idleTimeout: Int
  /// A sign of life after so long keeps proxies from closing idle streams of events, and finds dead
  /// clients.
  var heartbeat: TimeAmount = .seconds(15)

  public init(
    host: String = "127.0.0.1", port: Int = 8080, domain: String? = nil,
    forwardedFields: ForwardedFields = .usual, largestBody: Int = 16 << 20, idleTimeout: Int = 60
  ) {
    self.host = host
    self.port = port
    self.domain = domain
    self.forwardedFields = forwardedFields
    self.largestBody = largestBody
    self.idleTimeout = idleTimeout
  }
}
