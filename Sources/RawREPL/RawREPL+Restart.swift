public import MonotonicTime

/// The interpreter anew, without leaving the raw REPL.
extension RawREPL {
  /// Starts the interpreter anew: nothing is left of what ran, and main.py does not run. In state
  /// `ready`; it is so again with `entered`.
  public mutating func restart(now: Instant) {
    guard state == .ready else { return refuse("restart") }
    lastWords.clear()
    output.append(Mark.end)
    wait(.restarting, until: now.advanced(by: Self.stepLimit + lineTime(200)))
  }

  mutating func takeRestarting(_ byte: UInt8) {
    heard.append(byte)
    guard heard.ends(with: Mark.banner) else { return }
    settle(in: .ready)
    events.append(.entered(wasRunning: false))
  }
}
