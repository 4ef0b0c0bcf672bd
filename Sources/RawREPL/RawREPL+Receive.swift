public import MonotonicTime

/// What comes from the board.
extension RawREPL {
  public mutating func receive(_ bytes: UnsafeRawBufferPointer, now: Instant) {
    lastWords.append(bytes)
    var rest = bytes[...]
    while let first = rest.first {
      switch phase {
      case .idle: return unread.append(rest)
      case .ready: return
      case .output:
        rest = rest.dropFirst(passOn(rest, now: now))
        continue
      case .interrupting, .greeting, .probing: takeEntering(first, now: now)
      case .restarting: takeRestarting(first)
      case .choosing, .pasting, .pasted, .confirming, .pacing, .paced: takeSending(first, now: now)
      case .traceback, .prompt: takeEnding(first, now: now)
      case .leaving, .resetting: takeLeaving(first, now: now)
      }
      rest = rest.dropFirst()
    }
  }

  /// Begins to wait for something else.
  mutating func wait(_ next: Phase, until end: Instant?) {
    phase = next
    stepEnds = end
    heard.clear()
  }

  /// Nothing is under way any more.
  mutating func settle(in next: Phase) {
    wait(next, until: nil)
    limitEnds = nil
    code = []
  }

  mutating func fail(_ code: RawREPLError.Code, _ what: String, then next: Phase = .idle) {
    let words = lastWords.isEmpty ? "It said nothing." : "It last said: \(lastWords.printable)"
    settle(in: next)
    events.append(.failed(RawREPLError(code, "\(what). \(words)")))
  }

  mutating func refuse(_ order: String) {
    events.append(
      .failed(
        RawREPLError(.wrongState, "cannot \(order) while the board's REPL is \(state).")))
  }
}
