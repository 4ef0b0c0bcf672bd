/// Sequenced frames of the board, in order.
extension HostLink {
  mutating func deliver(_ frame: Frame) {
    // Before its REQUEST a stream is nothing that an honest board can speak of.
    guard frame.stream == 0 || streams[Int(frame.stream)].isRequested else { return }
    switch frame.kind {
    case .data: deliverData(frame)
    case .credit: deliverCredit(frame)
    case .cancel: deliverCancel(frame)
    case .error:
      // Also of a handler that was interrupted after its client had gone.
      guard streams[Int(frame.stream)].inUse, !streams[Int(frame.stream)].remoteEnded else {
        return
      }
      streams[Int(frame.stream)].isHeard = true
      events.append(
        .handlerError(
          frame.stream, traceback: String(decoding: frame.body, as: UTF8.self)))
      if isOpen(frame.stream) { endIfLast(frame) }
    case .event:
      let parts = frame.body.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
      events.append(
        .emitted(
          name: String(decoding: parts.first ?? [], as: UTF8.self),
          data: parts.count > 1 ? Array(parts[1]) : []))
    case .routes:
      routes.append(contentsOf: frame.body.prefix(Limits.routes - routes.count))
      if frame.end {
        if routes.count == Limits.routes {
          // The last line may be a part of one.
          routes.removeLast(routes.reversed().prefix { $0 != 0x0A }.count)
        }
        events.append(.routes(Route.list(routes)))
        routes = []
      }
    default: break
    }
  }

  private mutating func deliverData(_ frame: Frame) {
    let stream = frame.stream
    let number = Int(stream)
    guard streams[number].inUse, !streams[number].remoteEnded else { return }
    guard streams[number].isOpen else {
      if frame.end {
        endRemote(stream)
        settle(stream)
      }
      return
    }
    streams[number].granted -= frame.body.count
    guard streams[number].granted >= 0 else {
      return breakOff(frame, "more than the credit")
    }
    streams[number].isHeard = true
    events.append(.received(stream, frame.body, end: frame.end))
    if frame.end { endByBoard(stream) }
  }

  /// The board has ended its side; a request that is still being written will not be read.
  private mutating func endByBoard(_ stream: StreamID) {
    close(stream)
    endRemote(stream)
    if streams[Int(stream)].localEnded {
      settle(stream)
    } else {
      abandon(stream, code: CancelCode.unread.rawValue)
    }
  }

  private mutating func deliverCredit(_ frame: Frame) {
    let stream = frame.stream
    guard isOpen(stream) else { return }
    guard frame.body.count >= 2 else { return breakOff(frame, "malformed CREDIT") }
    let credit = Int(frame.body[0]) | Int(frame.body[1]) << 8
    streams[Int(stream)].credit = min(streams[Int(stream)].credit + credit, 1 << 24)
    offerRoom(stream)
    endIfLast(frame)
  }

  /// A frame other than DATA carried E.
  private mutating func endIfLast(_ frame: Frame) {
    guard frame.end else { return }
    events.append(.received(frame.stream, [], end: true))
    endByBoard(frame.stream)
  }

  private mutating func deliverCancel(_ frame: Frame) {
    let stream = frame.stream
    let number = Int(stream)
    guard streams[number].inUse, !streams[number].remoteEnded else { return }
    endRemote(stream)
    let code = frame.body.first ?? 0
    if streams[number].isOpen {
      let text = String(decoding: frame.body.dropFirst(), as: UTF8.self)
      events.append(.cancelled(stream, code: code, text: text))
      close(stream)
    }
    if streams[number].localEnded {
      settle(stream)
    } else {
      abandon(stream, code: code)
    }
  }

  /// The board broke the protocol on this stream.
  private mutating func breakOff(_ frame: Frame, _ text: String) {
    let code = CancelCode.protocolError.rawValue
    events.append(.cancelled(frame.stream, code: code, text: text))
    close(frame.stream)
    if frame.end { endRemote(frame.stream) }
    abandon(frame.stream, code: code, text: text)
  }
}
