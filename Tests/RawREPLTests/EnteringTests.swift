import MonotonicTime
import RawREPL
import Testing

/// Entering, with a model of a board and no waiting.
@Suite struct EnteringTests {
  static let idle: [ModelBoard] = [
    ModelBoard(.friendly), ModelBoard(.friendly, line: "x = 'ab"), ModelBoard(.paste, line: "x"),
    ModelBoard(.raw), ModelBoard(.raw, line: "print("), ModelBoard(.raw, line: "\u{05}A"),
    ModelBoard(.rawPaste, line: "x"),
  ]
  static let running: [ModelBoard] = [
    ModelBoard(.running(inRaw: false)), ModelBoard(.running(inRaw: true)), ModelBoard(.refusing),
  ]

  @Test(arguments: [1, Int.max], [false, true]) func fromEveryState(chunk: Int, hasRawPaste: Bool) {
    for (boards, wasRunning) in [(Self.idle, false), (Self.running, true)] {
      for var board in boards {
        board.hasRawPaste = hasRawPaste
        var line = ModelLine(board, chunk: chunk)
        #expect(line.enter() == [.entered(wasRunning: wasRunning)], "\(board.mode)")
        #expect(line.repl.state == .ready)
        #expect(line.elapsed < .milliseconds(300))
        #expect(line.execute("print(7)").output == "7\r\n")
      }
    }
  }

  @Test func aProgramThatCatchesInterrupts() {
    var board = ModelBoard(.running(inRaw: false))
    board.catches = 3
    var line = ModelLine(board)
    #expect(line.enter() == [.entered(wasRunning: true)])
    #expect(line.elapsed < .seconds(2))
  }

  @Test(arguments: [UInt8(0x01), 0x03, 0x04, 0x28]) func ordersThatGetLost(byte: UInt8) {
    for var board in Self.idle + Self.running {
      board.loses = [byte]
      var line = ModelLine(board)
      guard case .entered = line.enter().last else {
        Issue.record("\(board.mode) without \(byte)")
        continue
      }
      #expect(line.execute("print(7)").output == "7\r\n")
    }
  }

  @Test func aProgramThatLeavesNoRoomForCode() {
    var board = ModelBoard(.running(inRaw: false), hasRawPaste: false)
    board.heapIsFull = true
    var line = ModelLine(board)
    #expect(line.enter() == [.entered(wasRunning: true)])
    #expect(line.board.softResets == 1)
    #expect(line.execute("print(7)").output == "7\r\n")
  }

  @Test func theInterpreterAnew() {
    var line = ModelLine(ModelBoard(.friendly))
    #expect(line.enter() == [.entered(wasRunning: false)])
    line.repl.restart(now: line.now)
    #expect(line.finish() == [.entered(wasRunning: false)])
    #expect(line.repl.state == .ready && line.board.softResets == 1)
    #expect(line.execute("print(7)").output == "7\r\n")
  }

  @Test func theLinkRunsAndBackgroundTextGoesOn() {
    var line = ModelLine(ModelBoard(.running(inRaw: false)))
    line.noise = [0x1E, 0x98, 0x80, 0x81, 0x82, 0xD2, 0x8F, 0xE6] + Array("tick\r\n".utf8)
    #expect(line.enter() == [.entered(wasRunning: true)])
  }

  @Test func aBoardThatIsSilent() throws {
    var line = ModelLine(ModelBoard(.dead), .init(enterLimit: .seconds(4)))
    let error = try #require(line.enter().error)
    #expect(error.code == .noPrompt)
    #expect(error.message.contains("4.0 seconds"))
    #expect(error.message.contains("said nothing"))
    #expect(line.elapsed == .seconds(4))
    #expect(line.repl.state == .idle)
    #expect(line.repl.nextDeadline == nil)
  }

  /// Old output, and then nothing; and a program that prints nothing else.
  @Test(arguments: [
    "hello\r\n>>> raw REPL; CTRL-B to exit\r\n>", "\r\n>>> ", "OK123456789\r\n\u{04}\u{04}>",
    "raw REPL; CTRL-B to exit\r\n>OK1234\r\n\u{04}\u{04}>",
  ])
  func whatLooksLikeAnAnswer(text: String) throws {
    var line = ModelLine(ModelBoard(.dead))
    line.noise = Array(text.utf8)
    let error = try #require(line.enter().error)
    #expect(error.code == .noPrompt)
    #expect(error.message.contains("It last said: "))
    #expect(line.elapsed == .seconds(10))
    #expect(line.sentBytes.count < 1000)
  }

  @Test func aStaleBannerBeforeTheAnswer() {
    var line = ModelLine(ModelBoard(.running(inRaw: false)))
    line.repl.enter(now: line.now)
    line.hear("\(ModelBoard.banner)\r\n>>> ")
    #expect(line.finish() == [.entered(wasRunning: true)])
    #expect(line.execute("print(7)").output == "7\r\n")
  }

  @Test func aSlowLineIsGivenMoreTime() {
    var line = ModelLine(ModelBoard(.dead), .init(lineRate: 960))
    _ = line.enter()
    var fast = ModelLine(ModelBoard(.dead))
    _ = fast.enter()
    #expect(line.sent.count < fast.sent.count)
  }

  @Test func orders() {
    var line = ModelLine(ModelBoard(.friendly))
    #expect(line.execute("1").error?.code == .wrongState)
    #expect(line.leave(softReset: true).error?.code == .wrongState)
    #expect(line.repl.state == .idle)
    line.repl.enter(now: line.now)
    line.repl.enter(now: line.now)
    #expect(line.finish().error?.code == .wrongState)
    #expect(line.repl.state == .entering)
    #expect(line.finish() == [.entered(wasRunning: false)])
    // Once more, to be sure.
    #expect(line.enter() == [.entered(wasRunning: false)])
    line.repl.enter(now: line.now)
    line.repl.abandon()
    #expect(line.repl.state == .idle)
    #expect(!line.repl.hasOutput)
    #expect(line.repl.nextDeadline == nil)
  }
}
