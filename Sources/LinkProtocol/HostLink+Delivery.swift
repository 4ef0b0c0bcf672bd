extension HostLink {
  /// What became of a stream's request so far; `notSent` for a stream that is not open.
  public func delivery(of stream: StreamID) -> Delivery {
    guard isOpen(stream) else { return .notSent }
    let state = streams[Int(stream)]
    return state.isHeard ? .ran : state.isRequested ? .mayHaveRun : .notSent
  }

  /// Whether ``nextEvent()`` has something.
  public var hasEvents: Bool { eventHead < events.count }
}
