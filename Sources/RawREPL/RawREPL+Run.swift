public import MonotonicTime

/// Code that runs, and its end.
extension RawREPL {
  /// What becomes of code at its limit.
  struct Timing: Sendable {
    var limit: Duration?
    /// Interrupts at the limit, so far.
    var interrupts = 0

    var isOver: Bool { interrupts > 0 }
    /// A program may catch the first one.
    static let mostInterrupts = 2
    static let pause: Duration = .milliseconds(500)
    /// After the last one; a board that erases flash takes no interrupt before it is done.
    static let lastPause: Duration = RawREPL.stepLimit
  }

  /// Sends bytes to the code that runs, as they are. In other states there is nobody to take them,
  /// and they are dropped: the code may have ended while they were on their way here.
  public mutating func write(_ bytes: [UInt8], now: Instant) {
    if case .output = phase { output += bytes }
  }

  /// Interrupts the code that runs, or is on its way, by 03; it ends with its traceback.
  public mutating func interrupt(now: Instant) {
    switch state {
    case .sending: interruptSending(now: now)
    case .running: output.append(Mark.interrupt)
    case .idle, .entering, .ready, .leaving: break
    }
  }

  /// Passes on what the code writes, as it comes.
  ///
  /// - Returns: how many bytes were dealt with.
  mutating func passOn(
    _ bytes: Slice<UnsafeRawBufferPointer>, now: Instant
  ) -> Int {
    let end = bytes.firstIndex(of: Mark.end)
    let text = bytes[..<(end ?? bytes.endIndex)]
    if !text.isEmpty { events.append(.output(Array(text))) }
    guard end != nil else { return text.count }
    wait(.traceback, until: now.advanced(by: Self.stepLimit))
    return text.count + 1
  }

  mutating func takeEnding(_ byte: UInt8, now: Instant) {
    switch phase {
    case .traceback where byte == Mark.end:
      wait(.prompt, until: now.advanced(by: Self.stepLimit))
    case .traceback:
      traceback.append(byte)
      stepEnds = now.advanced(by: Self.stepLimit)
    default:
      // After sys.exit() a soft reset comes first, and what it says.
      if byte == Mark.prompt { finish() }
    }
  }

  mutating func finish() {
    let error = traceback.take()
    if timing.isOver {
      return fail(
        .timedOut, "the code did not end in \(timing.limit ?? .zero), and was interrupted",
        then: .ready)
    }
    settle(in: .ready)
    events.append(.finished(error: error))
  }

  /// The code's limit, or a pause after it, is over.
  mutating func codeIsOver(now: Instant) {
    if timing.interrupts < Timing.mostInterrupts {
      timing.interrupts += 1
      let isLast = timing.interrupts == Timing.mostInterrupts
      limitEnds = now.advanced(by: isLast ? Timing.lastPause : Timing.pause)
      return interrupt(now: now)
    }
    let limit = timing.limit ?? .zero
    if state == .sending {
      fail(.notTaken, "the board did not take the code in \(limit)")
    } else {
      fail(.notEnded, "the code did not end in \(limit), nor when it was interrupted (03)")
    }
  }
}
