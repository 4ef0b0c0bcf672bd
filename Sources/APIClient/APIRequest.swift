/// What is asked of a gateway.
public struct APIRequest: Sendable {
  public enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
  }

  public var method: Method
  /// Path and query, percent-encoded.
  public var target: String
  /// Nil for a request without one, which differs from one of no bytes.
  public var body: [UInt8]?
  /// What the answer may be, as in `application/json`.
  public var accept: String

  public init(
    _ method: Method, _ target: String, body: [UInt8]? = nil, accept: String = "application/json"
  ) {
    self.method = method
    self.target = target
    self.body = body
    self.accept = accept
  }
}
