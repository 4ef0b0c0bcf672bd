public import MonotonicTime

/// Silence and time (spec, "Sequence, acknowledgement, loss").
extension HostLink {
  /// Does what is due; call it when ``nextDeadline`` is reached, earlier or later do no harm.
  public mutating func advance(now: Instant) {
    if isDue(stallAt, now) {
      stallAt = nil
      decoder.giveUp()
      decode(now: now)
    }
    if isDue(helloAt, now) { sendHello(now: now) }
    if state == .established {
      if isDue(lostAt, now) {
        return lose(doubtedAt == nil ? .silent : .prompt, now: now)
      }
      if isDue(askAgainAt, now) { ask(from: expected, now: now) }
      if isDue(pingAt, now) { ping(now: now) }
      if isDue(acknowledgeAt, now) { sendHeader(.ack, sequence: upcoming) }
    }
    rearm(now: now)
  }

  /// Steps of the ladder after which a board that is silent is asked whether it still knows the
  /// session: some 3 s.
  private static let longSilence = 6

  private func isDue(
    _ deadline: Instant?, _ now: Instant
  ) -> Bool {
    guard let deadline else { return false }
    return deadline <= now
  }

  private mutating func ping(now: Instant) {
    if pingSentAt != nil { fill() }
    sendHeader(.ping, sequence: upcoming)
    statistics.pingsSent += 1
    pingSentAt = now
    if isWaiting {
      // Counts on, in turns of two, once it is at its longest.
      pingStep = pingStep < 16 ? pingStep + 1 : 15
      // A board that began anew does not know the session, and not every greeting arrives.
      if pingStep >= Self.longSilence, pingStep.isMultiple(of: 2) {
        askForSession()
      }
    }
    quietSince = now
    stuckSince = now
  }

  /// Frames are unacknowledged, or the board owes the end of a response.
  private var isWaiting: Bool { oldest != upcoming || waitingCount > 0 }

  /// Sets the times of PING and of loss anew, after anything that may change them.
  mutating func rearm(now: Instant) {
    guard state == .established else {
      pingAt = nil
      lostAt = nil
      return
    }
    if isWaiting {
      let since = oldest != upcoming ? stuckSince : quietSince
      pingAt = (since ?? now).advanced(by: pingInterval)
    } else {
      pingAt = (quietSince ?? now).advanced(by: configuration.idleInterval)
    }
    if let doubtedAt {
      lostAt = doubtedAt.advanced(by: configuration.doubtLimit)
      return
    }
    // With a stream open the board may sit in a handler; its caller has a deadline of its own.
    if openCount > 0 {
      lastFrameAt = now
      lostAt = nil
    } else {
      lostAt = (lastFrameAt ?? now).advanced(by: configuration.idleLimit)
    }
  }

  /// The retransmission time, twice as long after each PING.
  private var pingInterval: Duration {
    var time = retransmissionTime
    if configuration.lineRate != nil {
      time = min(
        max(time, lineTime(bytesUnderWay) * 2), configuration.retransmissionLimit)
    }
    return min(time * (1 << pingStep), configuration.pingLimit)
  }
}
