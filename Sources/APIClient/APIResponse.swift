public import Foundation
import NIOHTTP1

/// The head of a gateway's answer that was no refusal.
public struct APIResponseHead: Sendable {
  public let status: Int
  private let headers: HTTPHeaders

  init(_ head: HTTPResponseHead) {
    status = Int(head.status.code)
    headers = head.headers
  }

  /// The first value of a header field; nil when the answer has none.
  public subscript(_ name: String) -> String? { headers.first(name: name) }

  /// Whether the body is of this media type, whatever its parameters.
  public func isOf(type: String) -> Bool {
    let value = (self["Content-Type"] ?? "").prefix { $0 != ";" }
    return value.trimmingCharacters(in: .whitespaces).lowercased() == type
  }
}

/// A whole answer.
public struct APIResponse: Sendable {
  public let head: APIResponseHead
  public let body: Data
}
