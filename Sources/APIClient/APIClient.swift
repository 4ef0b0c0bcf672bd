import Foundation
import NIOCore
import NIOHTTP1

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
    try decode(try await request(.GET, target, body: nil), target)
  }

  /// POSTs bytes, and reads JSON.
  ///
  /// - Parameter target: path and query, percent-encoded.
  /// - Throws: ``APIError``, or `CancellationError`.
  public func post<Answer: Decodable>(
    _ target: String, body: [UInt8] = [], as type: Answer.Type = Answer.self
  ) async throws -> Answer {
    try decode(try await request(.POST, target, body: body), target)
  }

  private func decode<Answer: Decodable>(_ body: Data, _ target: String) throws -> Answer {
    do {
      return try JSONDecoder().decode(Answer.self, from: body)
    } catch {
      throw APIError.notJSON(address, target)
    }
  }

  private func request(_ method: HTTPMethod, _ target: String, body: [UInt8]?) async throws -> Data
  {
    let end = ContinuousClock.now + deadline
    let connection = try await HTTPConnection.open(address, within: deadline)
    try await connection.send(
      method, target, fields: [("Accept", "application/json"), ("Connection", "close")], body: body)
    let (status, _, answer) = try await response(on: connection, until: end)
    guard (200..<300).contains(status) else {
      let problem = try? JSONDecoder().decode(ProblemDetails.self, from: answer)
      throw APIError.refused(address, status: status, problem: problem)
    }
    return answer
  }

  /// Reads a whole response.
  func response(
    on connection: HTTPConnection, until end: ContinuousClock.Instant
  ) async throws -> (status: Int, headers: HTTPHeaders, body: Data) {
    var status = 0
    var headers = HTTPHeaders()
    var body = Data()
    while true {
      let left = end - .now
      guard left > .zero else { throw APIError.timedOut(address, after: deadline) }
      for part in try await connection.next(within: left) {
        switch part {
        case .head(let head):
          status = Int(head.status.code)
          headers = head.headers
        case .body(let piece):
          body.append(contentsOf: piece.readableBytesView)
          guard body.count <= largestBody else {
            throw APIError.tooLarge(address, limit: largestBody)
          }
        case .end: return (status, headers, body)
        }
      }
    }
  }
}
