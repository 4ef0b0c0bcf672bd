public import MonotonicTime

/// Silence and time.
extension RawREPL {
  /// When ``advance(now:)`` has something to do; nil when only bytes can change anything.
  public var nextDeadline: Instant? {
    var earliest = stepEnds
    earliest.lower(to: limitEnds)
    return earliest
  }

  /// Does what is due by now; earlier or later calls do no harm.
  public mutating func advance(now: Instant) {
    if let limitEnds, limitEnds <= now { return limitIsOver(now: now) }
    guard let stepEnds, stepEnds <= now else { return }
    self.stepEnds = nil
    switch phase {
    case .idle, .ready, .output: break
    case .interrupting, .greeting, .probing: enteringStepIsOver(now: now)
    case .choosing, .pasting, .pasted, .confirming, .paced:
      fail(.notTaken, "the board did not take the code: \(awaited) did not come in 5 s")
    case .pacing: sendPiece(now: now)
    case .restarting:
      fail(.noPrompt, "the board did not come back to its raw REPL in 5 s")
    case .traceback, .prompt:
      fail(.notEnded, "the code ended, but \(awaited) did not come in 5 s")
    case .leaving, .resetting: leavingStepIsOver(now: now)
    }
  }

  private mutating func limitIsOver(now: Instant) {
    switch phase.state {
    case .entering: enteringIsOver()
    case .sending, .running: codeIsOver(now: now)
    case .idle, .ready, .leaving: limitEnds = nil
    }
  }

  /// What the present step waits for, for people.
  private var awaited: String {
    switch phase {
    case .choosing: "the answer to the question for raw-paste mode"
    case .pasting: "leave to send more"
    case .pasted: "its acknowledgement (04)"
    case .confirming: "its confirmation of a piece"
    case .paced: "its acknowledgement (OK)"
    case .traceback: "the end of the traceback (04)"
    default: "the prompt"
    }
  }

  /// How long the line takes for so many bytes.
  func lineTime(_ bytes: Int) -> Duration {
    guard let rate = configuration.lineRate, rate > 0 else { return .zero }
    return .nanoseconds(Int64(bytes) * 1_000_000_000 / Int64(rate))
  }
}
