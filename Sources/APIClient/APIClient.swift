import Foundation

/// Asks a gateway over its HTTP API.
///
/// One connection a request: it is for people's commands, a few a second at most.
public struct APIClient: Sendable {
  public let address: GatewayAddress
  /// How long a request may take in all.
  public var deadline: Duration
  /// Most bytes of an answer.
  public var largestBody: Int

  public init(
    address: GatewayAddress, deadline: Duration = .seconds(5), largestBody: Int = 16 << 20
  ) {
    self.address = address
    self.deadline = deadline
    self.largestBody = largestBody
  }

  /// GETs JSON.
  ///
  /// - Parameter target: path and query, percent-encoded.
  /// - Throws: ``APIError``, or `CancellationError`.
  public func get<Answer: Decodable>(
    _ target: String, as type: Answer.Type = Answer.self
  ) async throws -> Answer {
    try decode(try await send(APIRequest(.get, target)).body, target)
  }

  /// POSTs bytes, and reads JSON.
  ///
  /// - Parameter target: path and query, percent-encoded.
  /// - Throws: ``APIError``, or `CancellationError`.
  public func post<Answer: Decodable>(
    _ target: String, body: [UInt8] = [], as type: Answer.Type = Answer.self
  ) async throws -> Answer {
    try decode(try await send(APIRequest(.post, target, body: body)).body, target)
  }

  /// Sends a request and reads the whole answer, within the deadline.
  ///
  /// - Throws: ``APIError``, also when the gateway refuses; `CancellationError`.
  @discardableResult public func send(_ request: APIRequest) async throws -> APIResponse {
    try await withThrowingTaskGroup { group in
      group.addTask {
        let body = try await stream(request, silence: deadline)
        return APIResponse(head: body.head, body: try await read(body))
      }
      // Bytes that come one by one keep no request alive for ever.
      group.addTask {
        try await Task.sleep(for: deadline)
        throw APIError.timedOut(address, after: deadline)
      }
      defer { group.cancelAll() }
      guard let response = try await group.next() else { throw CancellationError() }
      return response
    }
  }

  func decode<Answer: Decodable>(_ body: Data, _ target: String) throws -> Answer {
    do {
      return try JSONDecoder().decode(Answer.self, from: body)
    } catch {
      throw APIError.notJSON(address, target)
    }
  }

  /// Reads a body to its end.
  func read(_ body: APIResponseBody) async throws -> Data {
    var data = Data()
    for try await bytes in body {
      data.append(contentsOf: bytes)
      guard data.count <= largestBody else {
        throw APIError.tooLarge(address, limit: largestBody)
      }
    }
    return data
  }
}
