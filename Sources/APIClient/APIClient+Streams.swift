import Foundation
import NIOHTTP1

/// Answers that are read as they come.
extension APIClient {
  /// Sends a request and reads the answer's head.
  ///
  /// - Parameter silence: nothing for so long, and the gateway counts as gone; nil for never.
  /// - Throws: ``APIError``, also when the gateway refuses; `CancellationError`.
  public func stream(_ request: APIRequest, silence: Duration?) async throws -> APIResponseBody {
    let connection = try await HTTPConnection.open(address, within: deadline)
    connection.send(request)
    var parts = try await connection.next(within: silence)
    guard case .head(let head) = parts.removeFirst() else {
      throw APIError.notHTTP(address)
    }
    let body = APIResponseBody(
      head: APIResponseHead(head), connection: connection, first: parts, silence: silence)
    guard !(200..<300).contains(body.head.status) else { return body }
    throw APIError.refused(
      address, status: body.head.status, problem: ProblemDetails(try await read(body)))
  }

  /// Sends a request whose answer comes as events, and reads them to the end.
  ///
  /// - Parameters:
  ///   - silence: nothing for so long, and the gateway counts as gone; nil for never.
  ///   - progress: gets each event before the last.
  /// - Returns: what the last, `done`, has in it.
  /// - Throws: ``APIError``, also when the last is a `problem`; what `progress` throws, which gives
  ///   the request up; `CancellationError`.
  public func perform<Answer: Decodable>(
    _ request: APIRequest, silence: Duration?, as type: Answer.Type = Answer.self,
    progress: (ServerSentEvent) async throws -> Void
  ) async throws -> Answer {
    var request = request
    request.accept = "text/event-stream"
    let body = try await stream(request, silence: silence)
    guard body.head.isOf(type: "text/event-stream") else {
      // A gateway has nothing to tell in between, as of a request that it takes and is done with.
      return try decode(try await read(body), request.target)
    }
    var parser = EventStreamParser(limit: largestBody)
    for try await bytes in body {
      for item in parser.parse(bytes) {
        guard case .message(let event) = item else {
          throw APIError.tooLarge(address, limit: largestBody)
        }
        let data = Data(event.data.utf8)
        switch event.type {
        case "done": return try decode(data, request.target)
        case "problem":
          let problem = ProblemDetails(data)
          throw APIError.refused(address, status: problem?.status ?? 500, problem: problem)
        default: try await progress(event)
        }
      }
    }
    throw APIError.ended(address)
  }
}
