import NIOCore
import NIOHTTP1

/// Hands out a response piece by piece as it is asked for, and reads no more than that.
///
/// What comes faster than it is taken stays in the socket, where it holds back the gateway, so that
/// no stream needs a buffer that grows. On the channel's event loop.
final class ResponseReader: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  private var parts: [HTTPClientResponsePart] = []
  private var failure: (any Error)?
  private var waiter: EventLoopPromise<[HTTPClientResponsePart]>?
  private var context: ChannelHandlerContext?
  private var alarm: Scheduled<Void>?

  /// The parts that are there, or the next ones when they come; at least one.
  ///
  /// - Parameter limit: after which the connection is given up with this error; nil for never.
  func next(
    _ limit: (TimeAmount, APIError)?, _ promise: EventLoopPromise<[HTTPClientResponsePart]>
  ) {
    if !parts.isEmpty { return promise.succeed(take()) }
    guard let context, failure == nil else {
      return promise.fail(failure ?? ChannelError.ioOnClosedChannel)
    }
    waiter = promise
    if let (time, error) = limit {
      alarm = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [self] in
        fail(error)
        self.context?.close(promise: nil)
      }
    }
    context.read()
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    parts.append(unwrapInboundIn(data))
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    guard let waiter else { return }
    // Bytes came that make no whole part yet.
    if parts.isEmpty { return context.read() }
    release()
    waiter.succeed(take())
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail(error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    if let waiter, !parts.isEmpty {
      release()
      waiter.succeed(take())
    }
    fail(ChannelError.eof)
    context.fireChannelInactive()
  }

  private func take() -> [HTTPClientResponsePart] {
    defer { parts = [] }
    return parts
  }

  private func fail(_ error: any Error) {
    if failure == nil { failure = error }
    guard let waiter else { return }
    release()
    waiter.fail(failure ?? error)
  }

  private func release() {
    waiter = nil
    alarm?.cancel()
    alarm = nil
  }
}
