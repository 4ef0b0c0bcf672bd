public import MonotonicTime

/// What the caller does with streams.
extension HostLink {
  /// Opens a stream with a request.
  ///
  /// The head goes out whole, in as many REQUEST frames as it takes; of the body, what fits behind it
  /// and what the board's first credit and two frames hold. When `taken` is less than the body, go
  /// on with ``write(_:_:end:now:)`` after ``Event/writable(_:)``; `end` counts only if all was taken.
  ///
  /// - Parameter head: lines parted by `0A`, without one at the end.
  /// - Throws: `notEstablished`, `noFreeStream`, `headTooLarge`, `headMalformed`.
  public mutating func open(
    head: [UInt8], body: [UInt8] = [], end: Bool = true, now: Instant
  ) throws(LinkError) -> (stream: StreamID, taken: Int) {
    guard state == .established, let identity else { throw LinkError(.notEstablished) }
    guard head.count <= identity.largestHead else {
      throw LinkError(.headTooLarge(limit: identity.largestHead))
    }
    guard Self.isHead(head) else { throw LinkError(.headMalformed) }
    guard let stream = (1...identity.streams).first(where: { !streams[$0].inUse }) else {
      throw LinkError(.noFreeStream)
    }
    let number = UInt8(stream)
    streams[stream].begin(credit: identity.initialCredit)
    inUseCount += 1
    openCount += 1
    waitingCount += 1
    if waitingCount == 1 {
      quietSince = now
      pingStep = 0
    }
    var taken = enqueueRequest(number, head: head, body: body, end: end)
    if !streams[stream].localEnded {
      if taken < body.count {
        taken += enqueueData(number, body[taken...], end: end)
      } else if !end && streams[stream].credit == 0 {
        streams[stream].wantsRoom = true
      }
    }
    pump(now: now)
    rearm(now: now)
    return (number, taken)
  }

  /// Takes bytes for the board, as far as credit and two waiting frames go.
  ///
  /// - Parameter end: nothing follows; it counts only if all bytes were taken.
  /// - Returns: bytes that were taken; 0 also for a stream that is over, or whose end was given.
  public mutating func write(
    _ stream: StreamID, _ bytes: ArraySlice<UInt8>, end: Bool, now: Instant
  ) -> Int {
    guard isOpen(stream), !streams[Int(stream)].localEnded else { return 0 }
    let taken = enqueueData(stream, bytes, end: end)
    pump(now: now)
    rearm(now: now)
    return taken
  }

  /// Says that the response's consumer has consumed so many bytes: the board may send as many more.
  public mutating func grant(_ stream: StreamID, bytes: Int, now: Instant) {
    guard isOpen(stream), bytes > 0 else { return }
    let number = Int(stream)
    // A caller cannot grant what has not come.
    let most = Limits.hostCredit - streams[number].granted - streams[number].owed
    streams[number].owed += min(bytes, most)
    guard streams[number].owed >= Limits.hostCredit / 2 else { return }
    let owed = streams[number].owed
    streams[number].owed = 0
    streams[number].granted += owed
    enqueue(
      outgoing(.credit, stream, body: [UInt8(truncatingIfNeeded: owed), UInt8(owed >> 8)]))
    pump(now: now)
    rearm(now: now)
  }

  /// Ends a stream from this side; nothing more is said of it.
  public mutating func cancel(
    _ stream: StreamID, code: CancelCode, text: String = "", now: Instant
  ) {
    guard isOpen(stream) else { return }
    close(stream)
    abandon(stream, code: code.rawValue, text: text)
    pump(now: now)
    rearm(now: now)
  }

  /// Asks the board to end a stream, and goes on hearing it: the traceback of a handler that had to
  /// be interrupted comes before the board's own end.
  ///
  /// A board that is well answers at once, though CANCEL got lost, or the session is over there.
  ///
  /// - Returns: false when the board has not got the request yet; the stream is over then.
  public mutating func askToEnd(
    _ stream: StreamID, code: CancelCode, now: Instant
  ) -> Bool {
    guard isOpen(stream) else { return false }
    let isRequested = streams[Int(stream)].isRequested
    if !isRequested { close(stream) }
    abandon(stream, code: code.rawValue)
    pump(now: now)
    if isRequested { inquire(now: now) }
    rearm(now: now)
    return isRequested
  }

  /// Asks for a frame at once: by PING, and by HELLO in case that the session is over on the board.
  /// Should it wait for the end of a frame that got lost, what it is sent ahead ends that.
  public mutating func inquire(now: Instant) {
    guard state == .established else { return }
    fill()
    sendHeader(.ping, sequence: upcoming)
    statistics.pingsSent += 1
    pingSentAt = now
    askForSession()
  }

  /// Whether the board has not acknowledged all that was ended from here: a handler that it should
  /// end may run.
  public var isEnding: Bool {
    underWay.contains { $0?.frame.kind == .cancel }
      || streams.contains { $0.nextWaiting?.kind == .cancel }
  }

  /// Hears no more of a stream that was asked to end.
  public mutating func forget(_ stream: StreamID, now: Instant) {
    guard isOpen(stream) else { return }
    close(stream)
    rearm(now: now)
  }

  func isOpen(_ stream: StreamID) -> Bool { stream < 128 && streams[Int(stream)].isOpen }

  /// The caller has the stream no more.
  mutating func close(_ stream: StreamID) {
    guard streams[Int(stream)].isOpen else { return }
    streams[Int(stream)].isOpen = false
    streams[Int(stream)].wantsRoom = false
    openCount -= 1
  }

  /// Ends this side with CANCEL; a request that was not sent at all is just forgotten.
  mutating func abandon(_ stream: StreamID, code: UInt8, text: String = "") {
    let number = Int(stream)
    streams[number].removeAll()
    streams[number].localEnded = true
    if streams[number].isRequested {
      streams[number].isCancelled = true
      let body = [code] + text.utf8.prefix(max(0, bodyLimit / 2 - 1))
      enqueue(outgoing(.cancel, stream, body: body))
    } else {
      endRemote(stream)
    }
    settle(stream)
  }

  mutating func endRemote(_ stream: StreamID) {
    guard !streams[Int(stream)].remoteEnded else { return }
    vainAnswers = 0
    streams[Int(stream)].remoteEnded = true
    waitingCount -= 1
  }

  /// Frees the number when both sides have ended and nothing of it waits.
  mutating func settle(_ stream: StreamID) {
    guard streams[Int(stream)].isOver else { return }
    streams[Int(stream)].inUse = false
    inUseCount -= 1
  }

  /// Tells a caller who waits for it that the stream takes bytes again.
  mutating func offerRoom(_ stream: StreamID) {
    guard streams[Int(stream)].wantsRoom, streams[Int(stream)].hasRoom else { return }
    streams[Int(stream)].wantsRoom = false
    events.append(.writable(stream))
  }

  // MARK: Frames

  func outgoing(
    _ kind: FrameKind, _ stream: StreamID, end: Bool = false, part: Bool = false, body: [UInt8]
  ) -> Outgoing {
    let size =
      Limits.headerSize + body.count + FrameEncoder.escapable(body[...]) + 2 * check.size
    return Outgoing(
      kind: kind, stream: stream, end: end, part: part, body: body, size: size)
  }

  /// Makes REQUEST frames; returns how many bytes of the body they hold.
  private mutating func enqueueRequest(
    _ stream: StreamID, head: [UInt8], body: [UInt8], end: Bool
  ) -> Int {
    var rest = head[...]
    var count = fit(rest, in: bodyLimit)
    while count < rest.count {
      enqueue(outgoing(.request, stream, part: true, body: Array(rest.prefix(count))))
      rest = rest.dropFirst(count)
      count = fit(rest, in: bodyLimit)
    }
    var content = rest.count == head.count ? head : Array(rest)
    var taken = 0
    if !body.isEmpty {
      let room = bodyLimit - content.count - FrameEncoder.escapable(content[...]) - 2
      taken = room > 0 ? fit(body[...], in: room) : 0
      if taken > 0 {
        content.reserveCapacity(content.count + 2 + taken)
        content.append(0x0A)
        content.append(0x0A)
        content.append(contentsOf: body[..<taken])
      }
    }
    let isLast = end && taken == body.count
    streams[Int(stream)].localEnded = isLast
    enqueue(outgoing(.request, stream, end: isLast, body: content))
    return taken
  }

  /// Makes DATA frames; returns how many bytes they hold.
  private mutating func enqueueData(
    _ stream: StreamID, _ bytes: ArraySlice<UInt8>, end: Bool
  ) -> Int {
    let number = Int(stream)
    var rest = bytes
    while !rest.isEmpty, streams[number].hasRoom {
      let count = min(fit(rest, in: bodyLimit), streams[number].credit)
      let isLast = end && count == rest.count
      let body = Array(rest.prefix(count))
      rest = rest.dropFirst(count)
      streams[number].credit -= count
      if isLast { streams[number].localEnded = true }
      enqueue(outgoing(.data, stream, end: isLast, body: body))
    }
    if !rest.isEmpty {
      streams[number].wantsRoom = true
    } else if end && !streams[number].localEnded {
      streams[number].localEnded = true
      enqueue(outgoing(.data, stream, end: true, body: []))
    }
    return bytes.count - rest.count
  }

  /// How many of the bytes fit into `limit`, each `03` and `10` counted twice; at least one.
  private func fit(_ bytes: ArraySlice<UInt8>, in limit: Int) -> Int {
    if bytes.count * 2 <= limit { return bytes.count }
    let most = bytes.prefix(limit)
    let escapable = FrameEncoder.escapable(most)
    if most.count + escapable <= limit { return most.count }
    var room = limit
    var count = 0
    for byte in most {
      room -= byte == FrameEncoder.interrupt || byte == FrameEncoder.escape ? 2 : 1
      if room < 0 { break }
      count += 1
    }
    return max(count, min(1, bytes.count))
  }

  /// Whether the bytes are lines, none of them empty.
  private static func isHead(_ head: [UInt8]) -> Bool {
    var last: UInt8 = 0x0A
    for byte in head {
      if byte == 0x0A && last == 0x0A { return false }
      last = byte
    }
    return last != 0x0A
  }
}
