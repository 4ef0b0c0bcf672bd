import HTTPTypes
import HummingbirdCore

/// The event form of an answer: what goes on as Server-Sent Events, the last of which is `done`,
/// with what the plain form answers, or `problem`.
final class EventForm: Sendable {
  static let contentType = "text/event-stream"
  /// A comment.
  static let heartbeat = Array(":\n\n".utf8)

  private let outflow: Outflow

  private init(_ outflow: Outflow) {
    self.outflow = outflow
    var head = HTTPResponse(status: .ok)
    head.headerFields[.contentType] = Self.contentType
    head.headerFields[.cacheControl] = "no-cache"
    outflow.begin(head)
  }

  /// Whether a client wants it.
  static func isWanted(by request: Request) -> Bool {
    request.headers[values: .accept].contains { list in
      list.split(separator: ",").contains { type in
        type.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased() == contentType
      }
    }
  }

  /// Makes the answer of a call in the form that the client wants.
  ///
  /// - Parameters:
  ///   - board: whose problems the call's errors are.
  ///   - plain: makes the plain form of what the call came to.
  ///   - call: gets nil for the plain form; throws ``Problem``, `ManagingError`.
  static func work<Done: Encodable & Sendable>(
    for request: Request, board: String,
    plain: @escaping @Sendable (Done) -> Reply = { .json($0) },
    _ call: @escaping @Sendable (EventForm?) async throws -> Done
  ) -> Production.Work {
    guard isWanted(by: request) else { return { _ in plain(try await call(nil)) } }
    return { outflow in
      let form = EventForm(outflow)
      do {
        form.end("done", try await call(form))
      } catch {
        form.end("problem", try Problem.of(error, board: board))
      }
      return nil
    }
  }

  /// Tells how far something is. A client that is behind does without: the next one says more.
  func progress(_ value: some Encodable) {
    _ = outflow.offer(Self.event("progress", value))
  }

  /// Sends an event; returns when the client is not far behind.
  func send(_ type: String, _ value: some Encodable) async throws(CancellationError) {
    try await outflow.write(Self.event(type, value))
  }

  /// Sends the last event. A task that was cancelled sends it too: the gateway stops, and says so.
  private func end(_ type: String, _ value: some Encodable) {
    outflow.append(Self.event(type, value))
  }

  /// Sends an event unless the client is far behind, and never waits.
  ///
  /// - Returns: whether it was sent.
  func offer(_ type: String, _ value: some Encodable) -> Bool {
    outflow.offer(Self.event(type, value))
  }

  /// JSON has no line's end in it.
  private static func event(_ type: String, _ value: some Encodable) -> [UInt8] {
    Array("event: \(type)\ndata: ".utf8) + Reply.json(of: value) + [0x0A, 0x0A]
  }
}
