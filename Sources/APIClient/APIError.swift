import NIOCore
import NIOHTTP1
import NIOPosix

/// Why a gateway's API gave no answer that can be used.
public struct APIError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure, for programs; new codes may come.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Value: String { case unreachable, timedOut, ended, refused, badResponse }

    /// The code's name, such as `unreachable`.
    public let description: String

    private init(_ value: Value) { description = value.rawValue }

    /// Nothing that can be talked to is at the address.
    public static let unreachable = Code(.unreachable)
    /// No answer came in time.
    public static let timedOut = Code(.timedOut)
    /// The connection ended too early.
    public static let ended = Code(.ended)
    /// The gateway answered, and says no.
    public static let refused = Code(.refused)
    /// What answered is no gateway, or its answer is too large.
    public static let badResponse = Code(.badResponse)
  }

  public let code: Code
  /// The HTTP status, of `refused`.
  public let status: Int?
  /// What the gateway says itself, of `refused`.
  public let problem: ProblemDetails?
  /// What happened, to what, and what to do next.
  public let description: String

  init(
    _ code: Code, status: Int? = nil, problem: ProblemDetails? = nil, _ description: String
  ) {
    self.code = code
    self.status = status
    self.problem = problem
    self.description = description
  }

  /// Whether the same request may succeed later: the gateway is away, or says that it is busy.
  public var mayPass: Bool {
    switch code {
    case .refused: status.map { $0 >= 500 } ?? false
    case .badResponse: false
    default: true
    }
  }

  static func timedOut(_ address: GatewayAddress, after limit: Duration) -> APIError {
    APIError(
      .timedOut,
      "what listens at \(address) did not answer within \(limit.components.seconds) s; see whether "
        + "it is a boardwalk gateway, and what it does")
  }

  static func ended(_ address: GatewayAddress) -> APIError {
    APIError(.ended, "the gateway at \(address) closed the connection")
  }

  static func refused(
    _ address: GatewayAddress, status: Int, problem: ProblemDetails?
  ) -> APIError {
    guard let problem else {
      return APIError(
        .badResponse, status: status,
        "what listens at \(address) answers with HTTP status \(status) and does not seem to be a "
          + "boardwalk gateway; give the gateway's address with --gateway")
    }
    let text = problem.detail ?? problem.title ?? "it does not say why"
    return APIError(
      .refused, status: status, problem: problem,
      "the gateway at \(address) refuses (\(status)): \(text)")
  }

  static func notHTTP(_ address: GatewayAddress) -> APIError {
    APIError(
      .badResponse,
      "what listens at \(address) does not speak HTTP as a boardwalk gateway does; give the "
        + "gateway's address with --gateway")
  }

  static func notJSON(_ address: GatewayAddress, _ path: String) -> APIError {
    APIError(
      .badResponse,
      "what \(address) answers to \(path) is not what a gateway of this version says; see whether "
        + "the program and the gateway are of one version")
  }

  static func tooLarge(_ address: GatewayAddress, limit: Int) -> APIError {
    APIError(.badResponse, "the answer of \(address) has more than \(limit) bytes, and is not read")
  }

  /// What went wrong when connecting.
  static func connecting(to address: GatewayAddress, _ error: any Error) -> APIError {
    if let error = error as? APIError { return error }
    var reason = "\(error)"
    if let system = systemError(in: error) {
      reason = system
    } else if case .connectTimeout = error as? ChannelError {
      reason = "no answer in time"
    } else if let error = error as? NIOConnectionError,
      error.dnsAError != nil || error.dnsAAAAError != nil
    {
      reason = "no such host"
    }
    return APIError(
      .unreachable,
      "no gateway answers at \(address) (\(reason)); start one with boardwalk serve, or give "
        + "--gateway")
  }

  /// What ended a connection that was there.
  static func connection(to address: GatewayAddress, _ error: any Error) -> APIError {
    if let error = error as? APIError { return error }
    let isCutOff = error as? HTTPParserError == .invalidEOFState
    if isCutOff || systemError(in: error) != nil || error is ChannelError {
      return ended(address)
    }
    return APIError(
      .badResponse, "what listens at \(address) speaks no HTTP that can be read (\(error))")
  }

  /// The system's words for an error, in small letters.
  private static func systemError(in error: any Error) -> String? {
    let found =
      (error as? IOError)
      ?? (error as? NIOConnectionError)?.connectionErrors.lazy.compactMap { $0.error as? IOError }
      .first
    guard let found else { return nil }
    return systemText(found.errnoCode)
  }
}
