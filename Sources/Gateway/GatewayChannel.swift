import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes

/// HTTP/1.1 connections whose tasks run on the event loop of their sockets.
///
/// With boards on the same loop a request changes no thread on its way from the socket to the line
/// and back, which costs more than all of the gateway's own work.
struct GatewayChannel: ServerChildChannel {
  typealias Value = HTTP1Channel.Value

  let http: HTTP1Channel
  let executor: LoopExecutor

  init(
    idleTimeout: TimeAmount, executor: LoopExecutor,
    responder: @escaping HTTPChannelHandler.Responder
  ) {
    self.executor = executor
    http = HTTP1Channel(
      responder: responder,
      configuration: HTTP1Channel.Configuration(
        additionalChannelHandlers: [ClientWatch()], idleTimeout: idleTimeout,
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 200)))
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    http.setup(channel: channel, logger: logger)
  }

  func handle(value: Value, logger: Logger) async {
    await withTaskExecutorPreference(executor) {
      await http.handle(value: value, logger: logger)
    }
  }
}

/// Notices that a client has gone while its handler waits; Hummingbird itself tells no idle handler.
///
/// Confined to its channel's event loop.
final class ClientWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart

  private var isGone = false
  private var onGone: (() -> Void)?

  /// Calls the closure once when the client closes its side, at once when it has; nil for no more.
  func watch(_ closure: (() -> Void)?) {
    if isGone { closure?() } else { onGone = closure }
  }

  private func gone() {
    isGone = true
    onGone?()
    onGone = nil
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? ChannelEvent, event == .inputClosed { gone() }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    gone()
    context.fireChannelInactive()
  }
}
