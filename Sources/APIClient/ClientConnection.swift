import NIOCore
import NIOHTTP1

/// A connection for requests whose responses are looked at whole, whatever they say.
///
/// Requests go one after another; letting go of the connection closes it, also in the middle of a
/// response. ``APIClient/deadline`` holds for each wait, ``APIClient/largestBody`` for each body.
public struct ClientConnection: Sendable {
  private let connection: HTTPConnection
  private let client: APIClient
  /// Parts of the response that came together with those that were asked for.
  private var parts: [HTTPClientResponsePart] = []

  init(_ connection: HTTPConnection, _ client: APIClient) {
    self.connection = connection
    self.client = client
  }

  /// Sends a request; the response to the one before has been read to its end.
  ///
  /// - Parameters:
  ///   - target: path and query, percent-encoded.
  ///   - body: nil for none.
  public func send(
    _ method: String, _ target: String, fields: [(String, String)] = [], body: [UInt8]? = nil
  ) {
    connection.send(HTTPMethod(rawValue: method), target, fields: fields, body: body)
  }

  /// Waits for a response's head.
  ///
  /// - Throws: ``APIError``, or `CancellationError`.
  public mutating func head() async throws -> ClientResponse {
    while true {
      if case .head(let head) = try await next() {
        // What is interim comes before the response.
        if head.status.code < 200 { continue }
        return ClientResponse(
          status: Int(head.status.code), fields: head.headers.map { ($0.name, $0.value) })
      }
    }
  }

  /// Waits for the next bytes of the response's body.
  ///
  /// - Returns: nil at the end of the response.
  /// - Throws: ``APIError``, or `CancellationError`.
  public mutating func piece() async throws -> [UInt8]? {
    switch try await next() {
    case .body(let piece): Array(piece.readableBytesView)
    case .end, .head: nil
    }
  }

  /// Waits for a whole response.
  ///
  /// - Throws: ``APIError``, or `CancellationError`.
  public mutating func response() async throws -> ClientResponse {
    var response = try await head()
    while let piece = try await piece() {
      response.body += piece
      guard response.body.count <= client.largestBody else {
        throw APIError.tooLarge(client.address, limit: client.largestBody)
      }
    }
    return response
  }

  private mutating func next() async throws -> HTTPClientResponsePart {
    if parts.isEmpty { parts = try await connection.next(within: client.deadline) }
    return parts.removeFirst()
  }
}

/// A response as it came.
public struct ClientResponse: Sendable {
  public let status: Int
  /// Header fields in order.
  public let fields: [(name: String, value: String)]
  public var body: [UInt8] = []

  /// The first field of this name.
  public subscript(name: String) -> String? {
    fields.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}

extension APIClient {
  /// Opens a connection.
  ///
  /// - Throws: ``APIError``.
  public func connect() async throws -> ClientConnection {
    ClientConnection(try await HTTPConnection.open(address, within: deadline), self)
  }
}
