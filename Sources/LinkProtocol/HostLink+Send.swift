import MonotonicTime

/// Sequenced frames towards the board: window, turns, acknowledgement, sending again.
extension HostLink {
  var framesUnderWay: Int { Int((upcoming &- oldest) & 0x7F) }

  /// Puts a frame in line, behind those of its stream.
  mutating func enqueue(_ frame: Outgoing) {
    let number = Int(frame.stream)
    streams[number].append(frame)
    if !streams[number].isQueued {
      streams[number].isQueued = true
      queue.append(frame.stream)
    }
  }

  /// Sends what the window lets through; streams take turns, a frame each.
  mutating func pump(now: Instant) {
    guard doubtedAt == nil else { return }
    while let stream = queue.first {
      let number = Int(stream)
      guard let frame = streams[number].nextWaiting else {
        queue.removeFirst()
        streams[number].isQueued = false
        settle(stream)
        continue
      }
      // A frame larger than the window would wait for ever; alone, it is let through.
      guard framesUnderWay == 0 || bytesUnderWay + frame.size <= windowLimit,
        framesUnderWay < Limits.underWay
      else { return }
      queue.removeFirst()
      streams[number].removeFirst()
      transmit(frame, now: now)
      if streams[number].hasWaiting {
        queue.append(stream)
      } else {
        streams[number].isQueued = false
      }
      offerRoom(stream)
      settle(stream)
    }
  }

  /// Numbers a frame and puts it on the line.
  private mutating func transmit(_ frame: Outgoing, now: Instant) {
    if upcoming == oldest {
      stuckSince = now
      pingStep = 0
    }
    streams[Int(frame.stream)].isRequested = true
    underWay[Int(upcoming)] = UnderWay(frame: frame, sentAt: now)
    bytesUnderWay += frame.size
    encode(frame, sequence: upcoming)
    upcoming = (upcoming &+ 1) & 0x7F
  }

  private mutating func encode(_ frame: Outgoing, sequence: UInt8) {
    let start = output.count
    FrameEncoder.append(
      Frame(
        kind: frame.kind, end: frame.end, part: frame.part, stream: frame.stream,
        sequence: sequence, acknowledgement: expected, body: frame.body),
      key: key, check: check, direction: .toBoard, to: &output)
    mostMissing = max(mostMissing, output.count - start - Limits.headerSize)
    statistics.framesSent += 1
    acknowledged()
  }

  /// Sends what completes a frame of which the board may have got a part, once in a silence.
  ///
  /// A board that waits for the end of a frame takes all that comes for it, and answers nothing.
  mutating func fill() {
    guard !hasFilled, doubtedAt == nil else { return }
    hasFilled = true
    output += [UInt8](repeating: Self.filler, count: mostMissing)
  }

  /// Begins no frame, and means nothing to a REPL.
  private static let filler: UInt8 = 0x80

  /// Sends ACK, NAK or PING; of a NAK, `sequence` is the number that misses.
  mutating func sendHeader(_ kind: FrameKind, sequence: UInt8) {
    FrameEncoder.appendHeaderOnly(
      kind, sequence: sequence, acknowledgement: expected, key: key, to: &output)
    statistics.framesSent += 1
    acknowledged()
  }

  /// A frame with the current acknowledgement was sent.
  private mutating func acknowledged() {
    acknowledgementsOwed = 0
    acknowledgesNow = false
    acknowledgeAt = nil
  }

  /// Takes the acknowledgement of a frame from the board; one that is out of range is ignored.
  mutating func receiveAcknowledgement(_ number: UInt8, now: Instant) {
    let count = Int((number &- oldest) & 0x7F)
    guard count > 0, count <= framesUnderWay else { return }
    var sentAt: Instant?
    for _ in 0..<count {
      if let sent = underWay[Int(oldest)] {
        bytesUnderWay -= sent.frame.size
        // Of a frame that was sent twice nobody knows which one is acknowledged.
        sentAt = sent.sentAgain ? nil : sent.sentAt
      }
      underWay[Int(oldest)] = nil
      oldest = (oldest &+ 1) & 0x7F
    }
    if let sentAt { measure(sentAt.duration(to: now)) }
    stuckSince = now
    pingStep = 0
    hasFilled = false
    vainAnswers = 0
  }

  /// The board asks for a frame: it goes out again with all after it.
  mutating func receiveNak(_ number: UInt8, now: Instant) {
    statistics.naksReceived += 1
    hasFilled = false
    let offset = (number &- oldest) & 0x7F
    guard Int(offset) < framesUnderWay, let missing = underWay[Int(number)] else { return }
    // Sent again so lately that it cannot have arrived: this NAK is an echo of the one before.
    if missing.sentAgain {
      let way = lineTime(missing.frame.size) * 3 / 4
      let least = configuration.lineRate == nil ? (statistics.roundTrip ?? .zero) / 2 : way
      if missing.sentAt.duration(to: now) < least { return }
    }
    sendAgain(from: number, now: now)
  }

  /// Sends frame `number` and all after it again, with today's acknowledgement.
  mutating func sendAgain(from number: UInt8, now: Instant) {
    var index = number
    while index != upcoming {
      if var sent = underWay[Int(index)] {
        sent.sentAt = now
        sent.sentAgain = true
        underWay[Int(index)] = sent
        encode(sent.frame, sequence: index)
        statistics.retransmissions += 1
      }
      index = (index &+ 1) & 0x7F
    }
    stuckSince = now
    pingStep = vainAnswers
    pingSentAt = nil
  }

  /// Takes a sample of the round trip.
  mutating func measure(_ time: Duration) {
    // A board that sat in a handler says nothing of the line.
    let sample = min(time, configuration.retransmissionLimit)
    let smoothed = statistics.roundTrip.map { ($0 * 7 + sample) / 8 } ?? sample
    statistics.roundTrip = smoothed
    retransmissionTime = min(
      max(smoothed * 4, configuration.retransmissionFloor), configuration.retransmissionLimit)
  }

  /// How long the line takes for so many bytes; zero when its rate is not known.
  func lineTime(_ bytes: Int) -> Duration {
    guard let rate = configuration.lineRate, rate > 0 else { return .zero }
    return .nanoseconds(bytes * 1_000_000_000 / rate)
  }
}
