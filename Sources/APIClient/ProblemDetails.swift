import Foundation

/// What a gateway says when it refuses (RFC 9457).
public struct ProblemDetails: Decodable, Sendable, Hashable {
  public var type: String?
  public var title: String?
  public var status: Int?
  /// What happened, to what, and what to do next.
  public var detail: String?
  /// MicroPython's, when code on a board raised.
  public var traceback: String?

  /// - Returns: nil for what is no such JSON.
  init?(_ json: Data) {
    guard let problem = try? JSONDecoder().decode(ProblemDetails.self, from: json) else {
      return nil
    }
    self = problem
  }

  /// The cause's name behind `urn:boardwalk:problem:`; nil for problems of others.
  public var kind: String? {
    let prefix = "urn:boardwalk:problem:"
    guard let type, type.hasPrefix(prefix) else { return nil }
    return String(type.dropFirst(prefix.count))
  }
}
