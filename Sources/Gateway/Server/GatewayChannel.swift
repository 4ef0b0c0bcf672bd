import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypesHTTP1

/// HTTP/1.1 connections whose tasks run on the event loop of their sockets.
///
/// With boards on the same loop a request changes no thread on its way from the socket to the line
/// and back, which costs more than all of the gateway's own work.
struct GatewayChannel: ServerChildChannel {
  typealias Value = HTTP1Channel.Value

  /// Of a request's head, in bytes: one field, and all of them.
  static let largestField = 16 << 10
  static let largestHead = 64 << 10
  static let mostFields = 200

  let http: HTTP1Channel
  let dispatch: Dispatch
  let executor: LoopExecutor

  init(
    dispatch: Dispatch, executor: LoopExecutor, responder: @escaping HTTPChannelHandler.Responder
  ) {
    self.executor = executor
    self.dispatch = dispatch
    // Hummingbird does not see what takes the lane, so the lane looks after idle connections.
    http = HTTP1Channel(
      responder: responder,
      configuration: HTTP1Channel.Configuration(
        idleTimeout: nil,
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: Self.largestField, maxHeaderListSize: Self.largestHead,
          maxHeaderFieldCount: Self.mostFields)))
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    http.setup(channel: channel, logger: logger).flatMapThrowing { [dispatch] value in
      // In front of what converts requests for Hummingbird, which those of the lane do without.
      let pipeline = channel.pipeline.syncOperations
      let converter = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
      try pipeline.addHandler(ExpressLane(dispatch), position: .before(converter))
      return value
    }
  }

  func handle(value: Value, logger: Logger) async {
    await withTaskExecutorPreference(executor) {
      await http.handle(value: value, logger: logger)
    }
  }
}
