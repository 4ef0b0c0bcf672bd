import MonotonicTime
import RawREPL
import Testing

/// Deadlines and interrupts, with a model of a board and no waiting.
@Suite struct LimitTests {
  @Test(arguments: [false, true], [0, 1]) func codeThatHangs(hasRawPaste: Bool, catches: Int) throws
  {
    var line = ExecutingTests.entered(hasRawPaste: hasRawPaste)
    line.board.catches = catches
    let events = line.execute("hang", limit: .seconds(3))
    #expect(events.output == "hanging")
    let error = try #require(events.error)
    #expect(error.code == .timedOut)
    #expect(error.message.contains("3.0 seconds"))
    #expect(error.message.contains("KeyboardInterrupt"))
    #expect(line.elapsed == .milliseconds(3000 + 500 * catches))
    #expect(line.repl.state == .ready)
    #expect(line.execute("print(7)").output == "7\r\n")
  }

  @Test func codeThatCannotBeInterrupted() throws {
    var line = ExecutingTests.entered(hasRawPaste: true)
    line.board.catches = 100
    let error = try #require(line.execute("hang", limit: .seconds(3)).error)
    #expect(error.code == .notEnded)
    #expect(error.message.contains("hanging"))
    #expect(line.elapsed == .milliseconds(8500))
    #expect(line.repl.state == .idle)
    #expect(line.repl.nextDeadline == nil)
  }

  /// At each of its steps the board falls silent.
  @Test(arguments: [false, true]) func codeThatIsNotTaken(hasRawPaste: Bool) throws {
    let code = Array("print(1)                                                              ".utf8)
    for step in 0..<4 {
      for limit in [nil, Duration.seconds(2)] {
        var line = ExecutingTests.entered(hasRawPaste: hasRawPaste)
        let begin = line.elapsed
        line.repl.execute(code, limit: limit, now: line.now)
        for _ in 0..<step { line.exchange() }
        line.board.mode = .dead
        let error = try #require(line.finish().error)
        #expect(error.code == .notTaken)
        #expect(line.elapsed - begin <= (limit == nil ? .seconds(5) : .milliseconds(7500)))
        #expect(line.repl.state == .idle)
        #expect(line.repl.nextDeadline == nil)
      }
    }
  }

  @Test func aRawPasteWithoutLeave() throws {
    var line = ExecutingTests.entered(hasRawPaste: true)
    line.board.grantsNothing = true
    let error = try #require(line.execute("print(1)" + String(repeating: " ", count: 99)).error)
    #expect(error.code == .notTaken)
    #expect(error.message.contains("leave to send more"))
  }

  @Test func anEndThatDoesNotCome() throws {
    for end in ["\u{04}", "\u{04}\u{04}", "\u{04}half a trace"] {
      var line = ExecutingTests.entered(hasRawPaste: true)
      line.repl.execute(Array("hang".utf8), limit: nil, now: line.now)
      while line.repl.hasOutput { line.exchange() }
      line.hear(end)
      #expect(line.finish().error?.code == .notEnded)
    }
  }

  /// At each step of sending and running.
  @Test(arguments: [false, true], [false, true])
  func interrupts(hasRawPaste: Bool, isProgram: Bool) {
    for length in [4, 30, 300] {
      for step in 0..<8 {
        var line = ExecutingTests.entered(hasRawPaste: hasRawPaste)
        let code = String(repeating: " ", count: length - 4) + "hang"
        line.repl.execute(Array(code.utf8), limit: nil, isProgram: isProgram, now: line.now)
        for _ in 0..<step where line.repl.state == .sending {
          if line.repl.hasOutput {
            line.exchange()
          } else if let next = line.repl.nextDeadline {
            line.now = next
            line.repl.advance(now: line.now)
          }
        }
        line.repl.interrupt(now: line.now)
        let events = line.finish()
        #expect(events.traceback?.contains("KeyboardInterrupt") == true, "\(length) \(step)")
        #expect(line.board.softResets == 0)
        #expect(line.execute("print(7)").output == "7\r\n")
      }
    }
  }
}
