import Events
import NIOCore
import NIOHTTP1

/// Events as Server-Sent Events on one connection: `event:` is the type, `data:` one JSON object.
///
/// Without a task: a thousand clients of an event are a thousand short calls, and a client costs
/// its connection and little more. Confined to the connection's event loop.
final class EventStream {
  /// Items that go out in one write at most.
  private static let batch = 64

  private let subscription: EventSubscription
  private let context: ChannelHandlerContext
  private let onEnd: () -> Void
  private var isWaiting = false
  private var isOver = false

  /// - Parameter onEnd: called when the log has ended and all is written.
  init(
    _ query: EventQuery, of log: EventLog, head: HTTPResponseHead,
    on context: ChannelHandlerContext, onEnd: @escaping () -> Void
  ) {
    subscription = log.subscribe(filter: query.filter, after: query.after)
    self.context = context
    self.onEnd = onEnd
    var head = head
    head.headers.add(name: "Content-Type", value: "text/event-stream")
    head.headers.add(name: "Cache-Control", value: "no-cache")
    write(.head(head))
    // With an id, so that a client that goes before the first event knows where to go on.
    write(.body(.byteBuffer(ByteBuffer(string: ": events\nid: \(subscription.start)\n\n"))))
    context.flush()
  }

  /// Writes what there is for the client, as far as it takes it.
  func pump() {
    guard !isOver, !isWaiting else { return }
    var hasWritten = false
    while context.channel.isWritable {
      isWaiting = true
      let stream = NIOLoopBound(self, eventLoop: context.eventLoop)
      let items = subscription.take(upTo: Self.batch) {
        stream.eventLoop.execute {
          stream.value.isWaiting = false
          stream.value.pump()
        }
      }
      guard let items else {
        isWaiting = false
        isOver = true
        write(.end(nil))
        context.flush()
        return onEnd()
      }
      if items.isEmpty { break }
      isWaiting = false
      var buffer = context.channel.allocator.buffer(capacity: 256)
      for item in items { buffer.writeBytes(item.serverSentEvent) }
      write(.body(.byteBuffer(buffer)))
      hasWritten = true
    }
    if hasWritten { context.flush() }
  }

  /// The client has gone.
  func cancel() {
    isOver = true
    subscription.cancel()
  }

  private func write(_ part: HTTPServerResponsePart) {
    context.write(NIOAny(part), promise: nil)
  }
}
