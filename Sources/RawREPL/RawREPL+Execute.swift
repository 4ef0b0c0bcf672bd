/// Code on its way to the board.
extension RawREPL {
  /// Two of them and a byte fill the smallest board's input, of 63 bytes.
  static let pieceSize = 32
  /// How long any one step of taking code may last.
  static let stepLimit: Duration = .seconds(5)
  private static let interruption = Array("raise KeyboardInterrupt".utf8)

  /// Runs code; in state `ready`. Bytes 01 to 04 cannot be sent.
  ///
  /// At the limit the code is interrupted: `failed` with `timedOut` and state `ready` when that ends
  /// it within a second, else with `notTaken` or `notEnded` and state `idle`.
  ///
  /// - Parameter limit: how long the board may take to accept the code and run it to its end; nil
  ///   is for ever.
  public mutating func execute(
    _ code: [UInt8], limit: Duration?, now: ContinuousClock.Instant
  ) {
    guard state == .ready else { return refuse("execute") }
    lastWords.clear()
    if let index = code.firstIndex(where: { (0x01...0x04).contains($0) }) {
      let byte = code[index]
      return fail(
        .notTaken,
        "byte \(index) of the code is 0\(byte), which a REPL takes for a command; write "
          + "it as \\x0\(byte)", then: .ready)
    }
    // To plain raw mode, no code at all is a soft reset.
    self.code = code.isEmpty ? [0x0A] : code
    sentCount = 0
    credit = 0
    traceback.clear()
    timing = Timing(limit: limit)
    limitEnds = limit.map { now.advanced(by: $0) }
    if case .plain = dialect { return sendPiece(now: now) }
    output += Mark.askRawPaste
    wait(.choosing, until: now.advanced(by: Self.stepLimit))
  }

  mutating func takeSending(_ byte: UInt8, now: ContinuousClock.Instant) {
    switch phase {
    case .choosing:
      heard.append(byte)
      choose(now: now)
    case .pasting:
      if byte == 0x01 { return extendCredit(now: now) }
      guard byte == Mark.end else { return }
      // The board has found an error, and wants no more.
      output.append(Mark.end)
      start()
    case .pasted: if byte == Mark.end { start() }
    case .paced:
      heard.append(byte)
      if heard.ends(with: Mark.taken) { start() }
    default: break
    }
  }

  private mutating func choose(now: ContinuousClock.Instant) {
    let last = Array(heard.content.suffix(4))
    if last.starts(with: [0x52, 0x01]), last.count == 4 {
      let window = Int(last[2]) | Int(last[3]) << 8
      guard window > 0 else { return fail(.notTaken, "the board's raw-paste window is 0") }
      dialect = .rawPaste(window: window)
      wait(.pasting, until: now.advanced(by: Self.stepLimit))
      credit = window
      sendWithinCredit(now: now)
    } else if heard.ends(with: Mark.banner) || heard.ends(with: [0x52, 0x00, Mark.prompt]) {
      dialect = .plain
      sendPiece(now: now)
    }
  }

  private mutating func start() {
    wait(.output, until: nil)
    code = []
    events.append(.started)
  }

  // MARK: Raw-paste mode

  private mutating func extendCredit(now: ContinuousClock.Instant) {
    guard case .rawPaste(let window) = dialect else { return }
    // A board that grants without end cannot make the number overflow.
    credit = min(credit + window, code.count)
    sendWithinCredit(now: now)
  }

  private mutating func sendWithinCredit(now: ContinuousClock.Instant) {
    let count = min(credit, code.count - sentCount)
    output += code[sentCount..<sentCount + count]
    sentCount += count
    credit -= count
    if sentCount == code.count {
      output.append(Mark.end)
      wait(.pasted, until: deadline(after: count, now: now))
    } else {
      stepEnds = deadline(after: count, now: now)
    }
  }

  private func deadline(after bytes: Int, now: ContinuousClock.Instant) -> ContinuousClock.Instant {
    now.advanced(by: Self.stepLimit + lineTime(bytes + 256))
  }

  // MARK: Plain raw mode

  mutating func sendPiece(now: ContinuousClock.Instant) {
    let count = min(Self.pieceSize - 1, code.count - sentCount)
    output += code[sentCount..<sentCount + count]
    sentCount += count
    guard sentCount == code.count else {
      return wait(.pacing, until: now.advanced(by: pieceTime))
    }
    output.append(Mark.end)
    wait(.paced, until: now.advanced(by: Self.stepLimit))
  }

  /// What the line takes for a piece, and what the board takes to put it away.
  private var pieceTime: Duration { lineTime(Self.pieceSize) + .milliseconds(5) }

  // MARK: Interrupting

  /// Code on its way becomes code that ends at once, so that it ends as other code does.
  mutating func interruptSending(now: ContinuousClock.Instant) {
    switch phase {
    case .choosing: code = Self.interruption
    case .pacing:
      // The first byte forgets what was sent.
      code = [Mark.interrupt] + Self.interruption
      sentCount = 0
    case .pasting, .pasted:
      output.append(Mark.interrupt)
      wait(.pasted, until: now.advanced(by: Self.stepLimit))
    case .paced: output.append(Mark.interrupt)
    default: break
    }
  }
}
