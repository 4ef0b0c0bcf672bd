import NIOCore

/// The client at the other end of an HTTP connection.
struct Client {
  let channel: any Channel

  var eventLoop: any EventLoop { channel.eventLoop }

  /// The client's address; nil when it is on this machine.
  var foreignAddress: String? {
    guard let address = channel.remoteAddress?.ipAddress else { return nil }
    let isLocal =
      address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
    return isLocal ? nil : address
  }

  /// Calls the closure once when the client closes its side; nil for no more. On its event loop.
  func onGone(_ closure: (() -> Void)?) {
    lane?.watch(closure)
  }

  /// What the lane has begun of the request that is now to be answered.
  ///
  /// - Throws: when the connection is closed, and what was begun for it is over.
  func takeBegun() throws(CancellationError) -> (
    begun: ExpressLane.Begun, record: RequestRecord?
  )? {
    guard let lane else { throw CancellationError() }
    return lane.takeBegun()
  }

  private var lane: ExpressLane? {
    eventLoop.preconditionInEventLoop()
    return try? channel.pipeline.syncOperations.handler(type: ExpressLane.self)
  }
}
