public import MonotonicTime

/// Into the raw REPL, from whatever the board is doing.
///
/// Each try sends 03 until a prompt shows, then 01, and, when the banner comes, a line that prints a
/// number nobody has seen before: only the raw REPL itself answers all of that. What is not answered
/// in time begins the next try, which waits longer; so old output, noise, and programs that
/// print what a REPL prints cost time and nothing else.
extension RawREPL {
  private static let heapIsFull = Array("MemoryError".utf8)
  /// How long a board may take to start its interpreter anew.
  private static let resetTime: Duration = .seconds(2)

  /// Brings the board into the raw REPL, whatever it does; in states `idle` and `ready`.
  public mutating func enter(now: Instant) {
    guard state == .idle || state == .ready else { return refuse("enter") }
    lastWords.clear()
    unread.clear()
    evidence = Evidence()
    attempt = 0
    limitEnds = now.advanced(by: configuration.enterLimit)
    startAttempt(now: now)
  }

  /// The first two tries interrupt once, for a board may take the second of two as a reason to
  /// die. The others interrupt in quick succession, for a program may catch the first one.
  private mutating func startAttempt(now: Instant) {
    attempt += 1
    interruptsLeft = attempt < 3 ? 1 : 4
    // The gaps differ within a try and from try to try: some programs have to be hit at the right
    // moment.
    interruptGap = .milliseconds(2 + attempt % 5)
    interruptOnce(now: now)
  }

  private mutating func interruptOnce(now: Instant) {
    interruptsLeft -= 1
    output.append(Mark.interrupt)
    wait(
      .interrupting, until: now.advanced(by: interruptsLeft > 0 ? interruptGap : answerTime(300)))
    interruptGap *= 2
  }

  private mutating func askForRaw(now: Instant) {
    output.append(Mark.enterRaw)
    wait(.greeting, until: now.advanced(by: answerTime(64)))
  }

  private mutating func probe(now: Instant) {
    nonce = Array(String(UInt32.random(in: 100_000_000...999_999_999)).utf8)
    output += Array("print(".utf8) + nonce + [0x29, Mark.end]
    wait(.probing, until: now.advanced(by: answerTime(64)))
  }

  mutating func takeEntering(_ byte: UInt8, now: Instant) {
    heard.append(byte)
    evidence.append(byte)
    if heard.ends(with: Mark.banner) {
      evidence.sawBanner()
      switch phase {
      case .interrupting: askForRaw(now: now)
      case .greeting: probe(now: now)
      default: break
      }
    } else if heard.ends(with: Mark.friendlyPrompt) {
      evidence.sawFriendlyPrompt()
      if case .interrupting = phase { askForRaw(now: now) }
    } else if heard.ends(with: Mark.endedPrompt) {
      if case .probing = phase { return takeProbe(now: now) }
      evidence.sawEnd()
      if case .interrupting = phase { askForRaw(now: now) }
    }
  }

  private mutating func takeProbe(now: Instant) {
    if heard.contains(Self.heapIsFull) {
      // What was interrupted leaves no room for any code: a soft reset, which comes back here.
      evidence.sawFullHeap()
      output.append(Mark.end)
      return wait(.greeting, until: now.advanced(by: Self.resetTime + lineTime(200)))
    }
    guard heard.ends(with: nonce + [0x0A, Mark.end] + Mark.endedPrompt) else { return }
    settle(in: .ready)
    events.append(.entered(wasRunning: evidence.wasRunning))
  }

  mutating func enteringStepIsOver(now: Instant) {
    guard case .interrupting = phase else { return startAttempt(now: now) }
    if interruptsLeft > 0 { interruptOnce(now: now) } else { askForRaw(now: now) }
  }

  mutating func enteringIsOver() {
    fail(
      .noPrompt,
      "the board did not come to its raw REPL in \(configuration.enterLimit), interrupted (03) and "
        + "asked (01) \(attempt) times. Reset it, or pull it out and plug it in")
  }

  /// How long an answer of so many bytes may take: longer with each try.
  private func answerTime(_ bytes: Int) -> Duration {
    .milliseconds(min(100 * attempt, 500)) + lineTime(bytes)
  }
}
