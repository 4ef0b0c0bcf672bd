import MonotonicTime

/// Plain raw mode: the board takes what comes, and loses what is too much at once.
///
/// A code that fits the smallest board's input is sent as it is. A longer one is put together in a
/// variable, by statements that fit and of which the board confirms each, and then run. A program,
/// which needs the stack that this costs, is sent in pieces at a pace.
extension RawREPL {
  /// Two of them and a byte fill the smallest board's input.
  static let pieceSize = 32
  /// One less than that input holds.
  private static let inputSize = 62
  private static let variable = "_bw"

  mutating func sendPlain(now: Instant) {
    if isProgram || code.count < Self.inputSize { return sendPiece(now: now) }
    confirmNext(now: now)
  }

  // MARK: Confirmed pieces

  private mutating func confirmNext(now: Instant) {
    guard sentCount < code.count else {
      // What lay about from putting it together would make holes of the heap.
      code = Array("__import__('gc').collect();exec(globals().pop('\(Self.variable)'))".utf8)
      sentCount = 0
      return sendPiece(now: now)
    }
    let beginning = "\(Self.variable)\(sentCount == 0 ? "" : "+")=b'"
    var statement = Array(beginning.utf8)
    while sentCount < code.count {
      let literal = Self.literal(code[sentCount])
      // A quote and 04 follow.
      if statement.count + literal.count + 2 > Self.inputSize { break }
      statement += literal
      sentCount += 1
    }
    output += statement + [0x27, Mark.end]
    wait(.confirming, until: now.advanced(by: Self.stepLimit + lineTime(Self.inputSize)))
  }

  mutating func takeConfirmation(now: Instant) {
    if !traceback.isEmpty {
      events.append(.started)
      return finish()
    }
    if heard.ends(with: [Mark.end] + Mark.endedPrompt) {
      return sentCount == 0 ? sendPlain(now: now) : confirmNext(now: now)
    }
    // Most likely the board's memory is full. What it says ends the code; first it gets it back.
    let answer = heard.content.dropLast(2)
    traceback.append(answer.split(separator: Mark.end).last ?? answer)
    output += Array("\(Self.variable)=0".utf8) + [Mark.end]
    wait(.confirming, until: now.advanced(by: Self.stepLimit))
  }

  mutating func replaceConfirmed(by other: [UInt8]) {
    // The variable is there, for this waits for a confirmation.
    code = Array("\(Self.variable)=0\n".utf8) + other
    sentCount = 0
  }

  /// A byte within the quotes of a bytes literal.
  private static func literal(_ byte: UInt8) -> [UInt8] {
    switch byte {
    case 0x0A: Array("\\n".utf8)
    case 0x27, 0x5C: [0x5C, byte]
    case 0x20...0x7E: [byte]
    default: Array((byte < 16 ? "\\x0" : "\\x").utf8) + Array(String(byte, radix: 16).utf8)
    }
  }

  // MARK: Paced pieces

  mutating func sendPiece(now: Instant) {
    let size = code.count < Self.inputSize ? Self.inputSize : Self.pieceSize
    let count = min(size - 1, code.count - sentCount)
    output += code[sentCount..<sentCount + count]
    sentCount += count
    guard sentCount == code.count else {
      // What the line takes for a piece, and what the board takes to put it away.
      let pause = lineTime(Self.pieceSize) + .milliseconds(10)
      return wait(.pacing, until: now.advanced(by: pause))
    }
    output.append(Mark.end)
    wait(.paced, until: now.advanced(by: Self.stepLimit + lineTime(Self.inputSize)))
  }
}
