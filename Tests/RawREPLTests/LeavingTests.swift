import MonotonicTime
import RawREPL
import Testing

/// Leaving, with a model of a board and no waiting.
@Suite struct LeavingTests {
  @Test(arguments: [1, Int.max]) func toTheFriendlyPrompt(chunk: Int) {
    var line = ExecutingTests.entered(hasRawPaste: true, chunk: chunk)
    #expect(line.leave(softReset: false) == [.left])
    #expect(line.board.mode == .friendly)
    #expect(line.repl.state == .idle)
    line.hear("later")
    #expect(line.repl.takeUnread() == Array("later".utf8))
    #expect(line.enter() == [.entered(wasRunning: false)])
  }

  @Test(arguments: [1, Int.max], [false, true])
  func withASoftReset(chunk: Int, namesSoftReset: Bool) {
    var line = ExecutingTests.entered(hasRawPaste: true, chunk: chunk)
    line.board.namesSoftReset = namesSoftReset
    let begin = line.elapsed
    #expect(line.leave(softReset: true) == [.left])
    #expect(line.board.softResets == 1)
    #expect(line.elapsed - begin == (namesSoftReset ? .zero : .milliseconds(100)))
    // Nothing of what the program says is lost.
    let unread = String(decoding: line.repl.takeUnread(), as: UTF8.self)
    #expect(unread == "\r\n" + (namesSoftReset ? "MPY: soft reboot\r\n" : "") + "main")
    #expect(line.enter() == [.entered(wasRunning: true)])
  }

  @Test func aResetThatSaysNothing() {
    var line = ExecutingTests.entered(hasRawPaste: true)
    line.repl.leave(softReset: true, now: line.now)
    line.exchange()
    line.board.mode = .dead
    let begin = line.elapsed
    #expect(line.finish() == [.left])
    #expect(line.elapsed - begin == .milliseconds(500))
  }

  @Test func aPromptThatDoesNotCome() throws {
    var line = ExecutingTests.entered(hasRawPaste: true)
    line.board.mode = .dead
    let error = try #require(line.leave(softReset: true).error)
    #expect(error.code == .noPrompt)
    #expect(line.repl.state == .idle)
    #expect(line.sent.last?.bytes == [0x02])
  }
}
