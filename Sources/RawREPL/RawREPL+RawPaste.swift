import MonotonicTime

/// Raw-paste mode: the board says how much it takes.
extension RawREPL {
  mutating func sendPaste(now: Instant) {
    guard case .rawPaste(let window) = dialect else { return }
    wait(.pasting, until: now.advanced(by: Self.stepLimit))
    credit = window
    sendWithinCredit(now: now)
  }

  mutating func extendCredit(now: Instant) {
    guard case .rawPaste(let window) = dialect else { return }
    // A board that grants without end cannot make the number overflow.
    credit = min(credit + window, code.count)
    sendWithinCredit(now: now)
  }

  private mutating func sendWithinCredit(now: Instant) {
    let count = min(credit, code.count - sentCount)
    output += code[sentCount..<sentCount + count]
    sentCount += count
    credit -= count
    let deadline = now.advanced(by: Self.stepLimit + lineTime(count + 256))
    if sentCount == code.count {
      output.append(Mark.end)
      wait(.pasted, until: deadline)
    } else {
      stepEnds = deadline
    }
  }
}
