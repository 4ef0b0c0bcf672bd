public import MonotonicTime

/// Out of the raw REPL.
extension RawREPL {
  private static let promptLimit: Duration = .seconds(2)
  private static let resetLimit: Duration = .milliseconds(500)
  /// How long after a reset's first sign its name may take.
  private static let nameLimit: Duration = .milliseconds(100)

  /// Leaves the raw REPL for the friendly one, with its variables; in state `ready`.
  ///
  /// - Parameter softReset: with the interpreter started anew, and so with boot.py and main.py: by
  ///   04 at the friendly prompt, for in the raw REPL it would leave out main.py.
  public mutating func leave(softReset: Bool, now: Instant) {
    guard state == .ready else { return refuse("leave") }
    self.softReset = softReset
    lastWords.clear()
    unread.clear()
    output.append(Mark.leaveRaw)
    wait(.leaving, until: now.advanced(by: Self.promptLimit + lineTime(200)))
  }

  mutating func takeLeaving(_ byte: UInt8, now: Instant) {
    heard.append(byte)
    if case .leaving = phase {
      guard heard.ends(with: Mark.friendlyPrompt) else { return }
      guard softReset else { return leftAlready() }
      output.append(Mark.end)
      return wait(.resetting, until: now.advanced(by: Self.resetLimit))
    }
    // Some boards name the reset, some just begin it, with a new line.
    unread.append(byte)
    if heard.ends(with: Mark.softReboot) { return leftAlready() }
    if byte == 0x0A, let stepEnds {
      self.stepEnds = min(stepEnds, now.advanced(by: Self.nameLimit + lineTime(20)))
    }
  }

  mutating func leavingStepIsOver(now: Instant) {
    if case .resetting = phase { return leftAlready() }
    fail(.noPrompt, "the board did not come back to its friendly REPL (>>> ) in 2 s")
  }

  private mutating func leftAlready() {
    settle(in: .idle)
    events.append(.left)
  }
}
