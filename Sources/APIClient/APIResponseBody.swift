import Foundation
import NIOCore
import NIOHTTP1

/// A body that is read as it comes, and no faster than it is taken.
///
/// Letting go of its iterator closes the connection, which tells the gateway that nobody wants more.
public struct APIResponseBody: AsyncSequence, Sendable {
  public typealias Element = [UInt8]
  public typealias Failure = any Error

  public let head: APIResponseHead
  let connection: HTTPConnection
  /// Parts that came together with the head.
  let first: [HTTPClientResponsePart]
  /// Nothing for so long, and the gateway counts as gone; nil for never.
  let silence: Duration?

  public func makeAsyncIterator() -> Iterator { Iterator(self) }

  public struct Iterator: AsyncIteratorProtocol, Sendable {
    private let body: APIResponseBody
    private var parts: [HTTPClientResponsePart]
    private var isAtEnd = false

    init(_ body: APIResponseBody) {
      self.body = body
      parts = body.first
    }

    /// The next bytes, at least one; nil at the end.
    ///
    /// - Throws: ``APIError`` when the body is cut off; `CancellationError`.
    public mutating func next() async throws -> [UInt8]? {
      while !isAtEnd {
        var bytes: [UInt8] = []
        for part in parts {
          switch part {
          case .head: break
          case .body(let piece): bytes.append(contentsOf: piece.readableBytesView)
          case .end: isAtEnd = true
          }
        }
        parts = []
        if !bytes.isEmpty { return bytes }
        if !isAtEnd { parts = try await body.connection.next(within: body.silence) }
      }
      return nil
    }
  }
}
