import Boards
import LinkProtocol
import NIOCore

/// The client's coming and going, and connections on which nothing moves.
extension ExpressLane {
  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    watchIdleness(context)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    idleness?.cancel()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? ChannelEvent, event == .inputClosed { gone() }
    context.fireUserInboundEventTriggered(event)
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
    if case .waiting(_, let exchange) = state {
      state = .idle
      record?.end(status: RequestRecord.clientGone)
      record = nil
      exchange.drop(.clientGone)
      context?.close(promise: nil)
    }
  }

  /// Closes a connection on which nothing moved for the idle time, and whose client is to move.
  private func watchIdleness(_ context: ChannelHandlerContext) {
    let limit = TimeAmount.seconds(Int64(dispatch.configuration.idleTimeout))
    let lane = NIOLoopBound(self, eventLoop: context.eventLoop)
    idleness = context.eventLoop.scheduleTask(deadline: lastMove + limit) {
      let lane = lane.value
      guard let context = lane.context, context.channel.isActive else { return }
      if lane.lastMove + limit > .now() { return lane.watchIdleness(context) }
      switch lane.state {
      case .waiting, .streaming,
        .passing where !lane.isReceiving:
        lane.lastMove = .now()
        lane.watchIdleness(context)
      default: context.close(promise: nil)
      }
    }
  }
}
