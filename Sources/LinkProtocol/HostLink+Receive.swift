public import MonotonicTime

/// What comes from the board.
extension HostLink {
  /// Takes bytes from the line.
  public mutating func receive(_ bytes: UnsafeRawBufferPointer, now: Instant) {
    guard !bytes.isEmpty else { return }
    statistics.bytesReceived += UInt64(bytes.count)
    decoder.append(bytes)
    decode(now: now)
    rearm(now: now)
  }

  /// Takes bytes from the line.
  public mutating func receive(_ bytes: [UInt8], now: Instant) {
    bytes.withUnsafeBytes { receive($0, now: now) }
  }

  mutating func decode(now: Instant) {
    while let output = decoder.next() {
      switch output {
      case .frame(let frame):
        statistics.framesReceived += 1
        take(frame, now: now)
      case .console(let text): events.append(.console(text))
      case .damaged:
        statistics.damaged += 1
        vainAnswers = 0
        askAfterDamage(now: now)
      }
    }
    if decoder.pendingCount > 0 {
      let wait = max(configuration.stallLimit, lineTime(decoder.awaitedSize) * 4)
      stallAt = now.advanced(by: wait)
    } else {
      stallAt = nil
    }
    guard state == .established else { return }
    pump(now: now)
    answer(now: now)
  }

  private mutating func take(_ frame: Frame, now: Instant) {
    if frame.kind == .welcome { return receiveWelcome(frame, now: now) }
    // An echo of our own HELLO needs no session to be decoded.
    guard state == .established, frame.kind != .hello else { return }
    quietSince = now
    lastFrameAt = now
    heardAt = now
    endDoubt()
    receiveAcknowledgement(frame.acknowledgement, now: now)
    if frame.kind.isSequenced { return takeSequenced(frame, now: now) }
    switch frame.kind {
    case .nak: receiveNak(frame.sequence, now: now)
    case .bye: lose(.bye(String(decoding: frame.body, as: UTF8.self)), now: now)
    case .ack:
      hasFilled = false
      notice(next: frame.sequence, now: now)
      answerPing(frame, now: now)
    default: break
    }
  }

  /// An ACK after a PING: what was sent ahead of the PING and is not acknowledged, was lost.
  private mutating func answerPing(_ frame: Frame, now: Instant) {
    guard let pinged = pingSentAt else { return }
    pingSentAt = nil
    var owes = frame.sequence != expected || streams.contains { $0.isCancelled && !$0.remoteEnded }
    if oldest == upcoming {
      measure(pinged.duration(to: now))
      mostMissing = 0
    } else if let sent = underWay[Int(oldest)], sent.sentAt <= pinged {
      sendAgain(from: oldest, now: now)
      owes = true
    }
    guard owes else { return }
    vainAnswers += 1
    if vainAnswers == Self.mostVainAnswers { lose(.stuck, now: now) }
  }

  /// A board that has answered so many PINGs, some 10 s, and nothing of what it owes has moved, has
  /// lost the thread; unless it is the line that keeps what it owes, as damage shows.
  private static let mostVainAnswers = 10

  private mutating func takeSequenced(_ frame: Frame, now: Instant) {
    let ahead = (frame.sequence &- expected) & 0x7F
    if ahead == 0 {
      pingStep = vainAnswers
      accept(frame)
      while state == .established, let next = early[Int(expected)] {
        early[Int(expected)] = nil
        accept(next)
      }
      if askAgainAt != nil {
        askStep = 0
        askAgainAt = announced == expected ? nil : now.advanced(by: askInterval)
      }
    } else if Int(ahead) < identity?.slots ?? 0 {
      pingStep = vainAnswers
      early[Int(frame.sequence)] = frame
      notice(next: (frame.sequence &+ 1) & 0x7F, now: now)
      if askAgainAt != nil {
        // What was asked for stands in line behind what the board had sent before: each frame that
        // still comes is one of those, and there are fewer than it has slots.
        askAgainAt = now.advanced(by: askInterval)
      }
    } else if ahead >= 64 {
      statistics.duplicates += 1
      acknowledgesNow = true
    }
    // Anything else is a number that no honest board can have reached.
  }

  /// Takes the frame that is next in order.
  private mutating func accept(_ frame: Frame) {
    let wasAnnounced = announced != expected
    let wasAsked = asked != expected
    if wasAnnounced { vainAnswers = 0 }
    expected = (expected &+ 1) & 0x7F
    if !wasAnnounced { announced = expected }
    if !wasAsked { asked = expected }
    acknowledgementsOwed += 1
    deliver(frame)
  }

  /// The board says that its next number is `next`: asks once for what misses ahead of it.
  private mutating func notice(next: UInt8, now: Instant) {
    let distance = (next &- expected) & 0x7F
    guard distance > 0, Int(distance) <= identity?.slots ?? 0 else { return }
    if distance > (announced &- expected) & 0x7F { announced = next }
    guard distance > (asked &- expected) & 0x7F else { return }
    if asked == expected { askStep = 0 }
    // A damaged frame may have made us ask for the first of them already.
    let known = asked == expected && isDamageAnswered(now: now)
    ask(from: known ? (asked &+ 1) & 0x7F : asked, now: now)
    asked = next
  }

  /// Sends NAK for the numbers that miss, from `first` on, and sets the time to do so again.
  mutating func ask(from first: UInt8, now: Instant) {
    var number = first
    while number != announced {
      if early[Int(number)] == nil { sendNak(number) }
      number = (number &+ 1) & 0x7F
    }
    askAgainAt = now.advanced(
      by: min(askInterval * (1 << min(askStep, 8)), configuration.pingLimit))
    askStep += 1
  }

  /// How long what was asked for may take: at least two large frames' time on the line.
  private var askInterval: Duration {
    max(retransmissionTime, lineTime((identity?.largestBody ?? 0) + 12) * 2)
  }

  /// A damaged frame was most likely the next one: a NAK now saves the wait for a PING.
  private mutating func askAfterDamage(now: Instant) {
    guard state == .established, asked == expected, !isDamageAnswered(now: now) else { return }
    damageAskedAt = now
    damageAsked = expected
    sendNak(expected)
  }

  /// Whether the expected number was asked for because of damage, a short time ago.
  private func isDamageAnswered(now: Instant) -> Bool {
    guard let damageAskedAt, damageAsked == expected else { return false }
    return damageAskedAt.duration(to: now) < askInterval
  }

  private mutating func sendNak(_ number: UInt8) {
    sendHeader(.nak, sequence: number)
    statistics.naksSent += 1
  }

  /// Acknowledges at once, or sets the time to.
  private mutating func answer(now: Instant) {
    let enough = max(1, (identity?.slots ?? 1) / 2)
    if acknowledgesNow || acknowledgementsOwed >= enough {
      sendHeader(.ack, sequence: upcoming)
    } else if acknowledgementsOwed > 0 && acknowledgeAt == nil {
      acknowledgeAt = now.advanced(by: configuration.acknowledgementDelay)
    }
  }
}
