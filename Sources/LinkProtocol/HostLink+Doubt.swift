public import MonotonicTime

/// A board that may have fallen back to its REPL (spec, "Sequence, acknowledgement, loss").
extension HostLink {
  /// Sends nothing but PING until the board answers, for it may be at its REPL.
  ///
  /// The owner calls this when the console shows a prompt: what a REPL got of a request, which any
  /// HTTP client may have written, it would take for typed input and run.
  public mutating func doubt(now: Instant) {
    guard state == .established, doubtedAt == nil else { return }
    doubtedAt = now
    sendHeader(.ping, sequence: upcoming)
    statistics.pingsSent += 1
    pingSentAt = now
    rearm(now: now)
  }

  /// A valid frame came: the board's end of the link runs.
  mutating func endDoubt() {
    doubtedAt = nil
  }
}
