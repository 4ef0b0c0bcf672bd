import Events
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Events as Server-Sent Events: `event:` is the type, `data:` one JSON object.
struct EventStream {
  /// Items that go out in one write at most.
  private static let batch = 64

  let log: EventLog
  let query: EventQuery
  let client: Client

  static var head: HTTPResponse {
    var head = HTTPResponse(status: .ok)
    head.headerFields[.contentType] = "text/event-stream"
    head.headerFields[.cacheControl] = "no-cache"
    return head
  }

  /// Sends events until the client or the gateway goes.
  func send(to writer: inout some ResponseBodyWriter) async throws {
    let subscription = log.subscribe(filter: query.filter, after: query.after)
    client.onGone { subscription.cancel() }
    defer {
      client.onGone(nil)
      subscription.cancel()
    }
    // With an id, so that a client that goes before the first event knows where to go on.
    try await writer.write(ByteBuffer(string: ": events\nid: \(subscription.start)\n\n"))
    while let items = await subscription.nextBatch(upTo: Self.batch) {
      var buffer = ByteBuffer()
      for item in items { buffer.writeBytes(item.serverSentEvent) }
      try await writer.write(buffer)
    }
  }
}
