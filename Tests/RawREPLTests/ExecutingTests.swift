import MonotonicTime
import RawREPL
import Testing

/// Running code, with a model of a board and no waiting.
@Suite struct ExecutingTests {
  static func entered(
    hasRawPaste: Bool, _ configuration: RawREPL.Configuration = .init(), chunk: Int = .max
  ) -> ModelLine {
    var line = ModelLine(
      ModelBoard(.friendly, hasRawPaste: hasRawPaste), configuration, chunk: chunk)
    _ = line.enter()
    return line
  }

  @Test(arguments: [false, true], [1, Int.max]) func code(hasRawPaste: Bool, chunk: Int) {
    var line = Self.entered(hasRawPaste: hasRawPaste, chunk: chunk)
    #expect(line.repl.inputWindow == nil)
    // What does not fit is lost, unless the client waits.
    if !hasRawPaste { line.board.inputSize = 62 }
    let tail = String(repeating: "é'\\\n\u{7F}#", count: 40)
    for length in [1, 7, 8, 9, 54, 60, 61, 62, 63, 64, 117, 250] {
      let code = "print(\(length))" + tail.prefix(length)
      let events = line.execute(code)
      #expect(events.first == .started)
      #expect(events.output == "\(length)\r\n")
      #expect(events.traceback == "")
      #expect(line.board.ran.last == code)
    }
    #expect(line.repl.inputWindow == (hasRawPaste ? 8 : 32))
    #expect(line.repl.state == .ready)
    #expect(line.elapsed == .zero)
  }

  @Test(arguments: [false, true]) func noCodeIsNoSoftReset(hasRawPaste: Bool) {
    var line = Self.entered(hasRawPaste: hasRawPaste)
    #expect(line.execute("").traceback == "")
    #expect(line.board.ran.last == "\n")
  }

  @Test(arguments: [nil, 11_520]) func aProgramIsSentAtAPace(lineRate: Int?) {
    var line = Self.entered(hasRawPaste: false, .init(lineRate: lineRate))
    line.board.inputSize = 32
    let code = "print(5)" + String(repeating: " ", count: 300)
    #expect(line.execute(code, isProgram: true).output == "5\r\n")
    #expect(line.board.ran.last == code)
    let pieces = line.sent.suffix(10)
    let least = Duration.milliseconds(lineRate == nil ? 10 : 12)
    for (piece, next) in zip(pieces, pieces.dropFirst()) { #expect(next.at - piece.at >= least) }
  }

  @Test func rawPasteModeMayBeSwitchedOff() {
    var line = Self.entered(hasRawPaste: false)
    line.repl.execute(Array("print(3)".utf8), limit: nil, now: line.now)
    #expect(line.repl.takeOutput() == [0x05, 0x41, 0x01])
    line.hear("R\0>")
    #expect(line.finish().output == "3\r\n")
  }

  @Test func anErrorInTheMiddleOfARawPaste() {
    var line = Self.entered(hasRawPaste: true)
    let entering = line.sent.count
    let events = line.execute("this is wrong, and much more" + String(repeating: ".", count: 99))
    #expect(events == [.started, .finished(error: Array("SyntaxError: model\r\n".utf8))])
    // A second end would be a soft reset.
    #expect(line.sent[entering...].flatMap(\.bytes).count { $0 == 0x04 } == 1)
    #expect(line.execute("print(7)").output == "7\r\n")
  }

  @Test func anErrorAtTheEndOfARawPaste() {
    var line = Self.entered(hasRawPaste: true)
    #expect(line.execute("is wrong").traceback == "SyntaxError: model\r\n")
    #expect(line.execute("print(7)").output == "7\r\n")
  }

  @Test(arguments: [false, true]) func tracebacks(hasRawPaste: Bool) {
    var line = Self.entered(hasRawPaste: hasRawPaste, chunk: 1)
    #expect(line.execute("raise ValueError").traceback?.hasSuffix("\r\nValueError\r\n") == true)
    let long = String(repeating: "x", count: 300)
    #expect(line.execute("raise \(long)").traceback?.hasSuffix(long + "\r\n") == true)
  }

  @Test func aBoardWhoseMemoryIsFull() {
    var line = Self.entered(hasRawPaste: false)
    _ = line.execute("print(1)")
    line.repl.execute(Array(repeating: 0x20, count: 100), limit: nil, now: line.now)
    _ = line.repl.takeOutput()
    line.hear("OK\u{04}Traceback\r\nMemoryError: 99\r\n\u{04}>")
    #expect(
      line.finish() == [.started, .finished(error: Array("Traceback\r\nMemoryError: 99\r\n".utf8))])
    // It has its memory back.
    #expect(line.sent.last?.bytes == Array("_bw=0\u{04}".utf8))
    #expect(line.execute("print(7)").output == "7\r\n")
  }

  @Test(arguments: [1, Int.max]) func outputIsPassedOnAsItComes(chunk: Int) {
    var line = Self.entered(hasRawPaste: true, chunk: chunk)
    line.repl.execute(Array("hang".utf8), limit: nil, now: line.now)
    while line.repl.hasOutput { line.exchange() }
    #expect(line.repl.nextEvent() == .started)
    while line.repl.nextEvent() != nil {}
    // No deadline was asked for.
    #expect(line.repl.nextDeadline == nil)
    let bytes = (0...255).map { UInt8($0) }.filter { $0 != 4 } + Array("OK>>> ".utf8)
    line.hear(bytes)
    var passed: [UInt8] = []
    while case .output(let more)? = line.repl.nextEvent() { passed += more }
    #expect(passed == bytes)
    line.repl.write([0x01, 0x04, 0xFF], now: line.now)
    #expect(line.repl.takeOutput() == [0x01, 0x04, 0xFF])
    line.hear([0x04, 0x04])
    #expect(line.repl.state == .running)
    line.hear("MPY: soft reboot\r\n>")
    #expect(line.finish() == [.finished(error: [])])
    line.repl.write([0x41], now: line.now)
    #expect(!line.repl.hasOutput)
  }

  @Test func aLongTracebackKeepsItsEnd() {
    var line = Self.entered(hasRawPaste: true)
    line.repl.execute(Array("hang".utf8), limit: nil, now: line.now)
    while line.repl.hasOutput { line.exchange() }
    line.hear([0x04] + Array(repeating: 0x41, count: 100_000) + Array("the end\u{04}>".utf8))
    let traceback = line.finish().traceback
    #expect(traceback?.utf8.count == 16_384)
    #expect(traceback?.hasSuffix("the end") == true)
  }

  @Test(arguments: UInt8(0x01)...0x04) func bytesThatCannotBeSent(byte: UInt8) {
    var line = Self.entered(hasRawPaste: true)
    line.repl.execute([0x41, byte], limit: nil, now: line.now)
    let error = line.finish().error
    #expect(error?.code == .notTaken)
    #expect(error?.message.contains("\\x0\(byte)") == true)
    #expect(line.repl.state == .ready)
    #expect(!line.repl.hasOutput)
  }
}
