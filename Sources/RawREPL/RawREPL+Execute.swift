public import MonotonicTime

/// Code on its way to the board.
extension RawREPL {
  /// How long any one step of taking code, or of ending it, may last.
  static let stepLimit: Duration = .seconds(5)

  /// Runs code; in state `ready`. Bytes 01 to 04 cannot be sent.
  ///
  /// At the limit the code is interrupted: `failed` with `timedOut` and state `ready` when that ends
  /// it within a second, else with `notTaken` or `notEnded` and state `idle`.
  ///
  /// - Parameters:
  ///   - limit: how long the board may take to accept the code and run it to its end; nil is for
  ///     ever.
  ///   - isProgram: the code needs all of the board's stack. Firmware without raw-paste mode takes
  ///     such code at a pace at which a board that halts for 10 ms and more loses bytes of it; other
  ///     code goes in pieces that it confirms, and runs by `exec`: on a micro:bit that costs two of
  ///     six levels of calls.
  public mutating func execute(
    _ code: [UInt8], limit: Duration?, isProgram: Bool = false, now: Instant
  ) {
    guard state == .ready else { return refuse("execute") }
    lastWords.clear()
    if let index = code.firstIndex(where: { (0x01...0x04).contains($0) }) {
      let byte = code[index]
      let what = "byte \(index) of the code is 0\(byte), which a REPL takes for a command"
      return fail(.notTaken, "\(what); write it as \\x0\(byte)", then: .ready)
    }
    // To plain raw mode, no code at all is a soft reset.
    self.code = code.isEmpty ? [0x0A] : code
    self.isProgram = isProgram
    sentCount = 0
    traceback.clear()
    timing = Timing(limit: limit)
    limitEnds = limit.map { now.advanced(by: $0) }
    if case .plain = dialect { return sendPlain(now: now) }
    output += Mark.askRawPaste
    wait(.choosing, until: now.advanced(by: Self.stepLimit))
  }

  mutating func takeSending(_ byte: UInt8, now: Instant) {
    heard.append(byte)
    switch phase {
    case .choosing: choose(now: now)
    case .pasting where byte == Mark.credit: extendCredit(now: now)
    case .pasting where byte == Mark.end:
      // The board has found an error, and wants no more.
      output.append(Mark.end)
      start()
    case .pasted where byte == Mark.end: start()
    case .confirming where heard.ends(with: Mark.endedPrompt): takeConfirmation(now: now)
    case .paced where heard.ends(with: Mark.taken): start()
    default: break
    }
  }

  /// By what the board answers to the question for raw-paste mode.
  private mutating func choose(now: Instant) {
    let last = Array(heard.content.suffix(4))
    if last.starts(with: Mark.hasRawPaste), last.count == 4 {
      let window = Int(last[2]) | Int(last[3]) << 8
      guard window > 0 else { return fail(.notTaken, "the board's raw-paste window is 0") }
      dialect = .rawPaste(window: window)
      sendPaste(now: now)
    } else if heard.ends(with: Mark.banner) || heard.ends(with: Mark.hasNoRawPaste) {
      dialect = .plain
      sendPlain(now: now)
    }
  }

  private mutating func start() {
    wait(.output, until: nil)
    code = []
    events.append(.started)
  }

  /// Code on its way becomes code that ends at once, so that it ends as other code does.
  mutating func interruptSending(now: Instant) {
    let interruption = Array("raise KeyboardInterrupt".utf8)
    switch phase {
    case .choosing: code = interruption
    case .confirming: replaceConfirmed(by: interruption)
    case .pacing:
      // The first byte forgets what was sent.
      code = [Mark.interrupt] + interruption
      sentCount = 0
    case .pasting, .pasted:
      output.append(Mark.interrupt)
      wait(.pasted, until: now.advanced(by: Self.stepLimit))
    case .paced: output.append(Mark.interrupt)
    default: break
    }
  }
}
