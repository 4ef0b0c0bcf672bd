import Boards
import LinkProtocol
import NIOCore

/// The client's coming and going, what of it cannot be read, and connections on which nothing moves.
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
    switch state {
    case .streaming, .closing:
      break
    case .idle where held.isEmpty, .passing where held.isEmpty:
      context.fireErrorCaught(error)
    case .headed, .asking:
      // The end of this request will not come.
      record = nil
      state = .idle
      context.fireErrorCaught(error)
    default:
      if heldError == nil { heldError = error }
    }
  }

  /// Drops what the client still sends, until it has read the last response and closes.
  ///
  /// To close at once would break off what it sends, and it might never read the response.
  func linger(_ context: ChannelHandlerContext) {
    state = .closing
    held.removeAll()
    context.read()
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
