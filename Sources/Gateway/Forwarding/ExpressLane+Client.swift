import Boards
import LinkProtocol
import NIOCore
import NIOHTTP1

/// The client's coming and going, what of it cannot be read, and connections on which nothing moves.
extension ExpressLane {
  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    watchIdleness(context)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    idleness?.cancel()
    farewell?.cancel()
    // Nobody took it up, and nobody finds it here any more.
    guard let (begun, record) = takeBegun() else { return }
    begun.exchange.drop(.clientGone)
    record?.end(status: RequestRecord.clientGone)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed: gone()
    case is ChannelShouldQuiesceEvent: takeLeave(context)
    default: break
    }
    context.fireUserInboundEventTriggered(event)
  }

  /// The gateway stops: the client gets some time for what is left, and none to hold it up.
  private func takeLeave(_ context: ChannelHandlerContext) {
    let channel = context.channel
    farewell = context.eventLoop.scheduleTask(in: Self.farewellTime) { channel.close(promise: nil) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    gone()
    context.fireChannelInactive()
  }

  private func gone() {
    guard !isGone else { return }
    isGone = true
    onGone?()
    onGone = nil
    if case .streaming(let stream) = state {
      stream.cancel()
      context?.close(promise: nil)
    }
    if case .closing = state { context?.close(promise: nil) }
    if case .waiting(_, let exchange) = state {
      state = .idle
      record?.end(status: RequestRecord.clientGone)
      record = nil
      exchange.drop(.clientGone)
      context?.close(promise: nil)
    }
  }

  /// What cannot be read is told in its turn, behind the responses to what came before.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
    switch state {
    case .streaming, .closing:
      break
    case .idle where held.isEmpty:
      refuse(nil, .unreadable(error), context)
    case .headed(let head, _, _), .asking(let head):
      record = nil
      refuse(head, .unreadable(error), context)
    case .passing where held.isEmpty && isReceiving:
      // It is in the body of a request that Hummingbird answers.
      context.fireErrorCaught(error)
    default:
      if heldError == nil { heldError = error }
    }
  }

  /// Answers what is no request, and nothing behind it: who knows where the next one begins.
  func refuse(
    _ head: HTTPRequestHead?, _ problem: Problem, _ context: ChannelHandlerContext
  ) {
    var last = head ?? HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
    last.headers.replaceOrAdd(name: "Connection", value: "close")
    reply(.problem(problem), to: last, context)
  }

  /// Drops what the client still sends, until it has read the last response and closes.
  ///
  /// To close at once would break off what it sends, and it might never read the response.
  func linger(_ context: ChannelHandlerContext) {
    state = .closing
    held.removeAll()
    context.read()
  }

  /// Closes a connection on which nothing moved for the idle time, and whose client is to move: to
  /// send the rest of a request, or the next one, or to take what it is sent.
  private func watchIdleness(_ context: ChannelHandlerContext) {
    let limit = TimeAmount.seconds(Int64(dispatch.configuration.idleTimeout))
    let lane = NIOLoopBound(self, eventLoop: context.eventLoop)
    idleness = context.eventLoop.scheduleTask(deadline: lastMove + limit) {
      let lane = lane.value
      guard let context = lane.context, context.channel.isActive else { return }
      if lane.lastMove + limit > .now() { return lane.watchIdleness(context) }
      switch lane.state {
      case .streaming,
        .waiting where lane.takesMore,
        .passing where !lane.isReceiving && lane.takesMore:
        lane.lastMove = .now()
        lane.watchIdleness(context)
      default: context.close(promise: nil)
      }
    }
  }
}
