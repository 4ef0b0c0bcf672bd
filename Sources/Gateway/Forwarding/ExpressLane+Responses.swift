import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Responses on their way to the client: the lane's own, and Hummingbird's, which pass through it.
extension ExpressLane {
  func reply(_ reply: Reply, to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let body = head.method == .HEAD ? ByteBuffer() : reply.body
    write(HTTPResponseHead(reply.head), body, to: head, context)
  }

  /// Has a client send its body that waits for being asked.
  func askForBody(_ context: ChannelHandlerContext) {
    context.writeAndFlush(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
  }

  /// Adds what every response has.
  ///
  /// - Parameter request: nil for the answer to what was none.
  func complete(_ head: inout HTTPResponseHead, for request: HTTPRequestHead?) {
    guard head.status.code >= 200 else { return }
    dispatch.date.stamp(&head.headers)
    guard let request, request.isLast else { return }
    head.headers.replaceOrAdd(name: "Connection", value: "close")
    // A client that does not know chunks finds the body's end by the connection's.
    if !request.version.hasChunks { head.version = .http1_0 }
  }

  /// Whether a response is nothing but its head, to a HEAD whose body's length is not known.
  ///
  /// The encoder, which does not know the request, would write the end of a chunked body, and the
  /// client would take that for the beginning of the next response.
  private func isBare(_ response: HTTPResponseHead, to request: HTTPRequestHead?) -> Bool {
    request?.method == .HEAD && !response.headers.contains(name: "Content-Length")
      && response.status.code >= 200
  }

  func write(
    _ head: HTTPResponseHead, _ body: ByteBuffer, to request: HTTPRequestHead,
    _ context: ChannelHandlerContext
  ) {
    var head = head
    complete(&head, for: request)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if body.readableBytes > 0 {
      context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    }
    if !isBare(head, to: request) { context.write(wrapOutboundOut(.end(nil)), promise: nil) }
    context.flush()
    record?.end(status: Int(head.status.code))
    record = nil
    lastMove = .now()
    state = .idle
    if request.isLast {
      context.close(mode: .output, promise: nil)
      linger(context)
    } else {
      goOn(context)
    }
  }

  /// Hummingbird's responses pass through here.
  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    lastMove = .now()
    switch unwrapOutboundIn(data) {
    case .head(var head):
      endsWithHead = isBare(head, to: passed.first)
      complete(&head, for: passed.first)
      return context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body: return context.write(data, promise: promise)
    case .end where endsWithHead: promise?.succeed()
    case .end: context.write(data, promise: promise)
    }
    guard let request = passed.popFirst() else { return }
    if request.isLast { return linger(context) }
    if passed.isEmpty, case .passing = state {
      state = .idle
      goOn(context)
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    lastMove = .now()
    if case .streaming(let stream) = state { stream.pump() } else if takesMore { goOn(context) }
    context.fireChannelWritabilityChanged()
  }
}
