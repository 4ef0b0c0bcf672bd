import MonotonicTime
import Testing

@testable import LinkProtocol

/// A board whose console shows a prompt may be at its REPL, which would run what it gets.
@Suite struct DoubtTests {
  private func doubted() -> Line {
    let line = Line()
    line.start()
    #expect(line.run(1000) { $0.link.state == .established })
    _ = line.run(50)
    line.events = []
    _ = line.link.takeOutput()
    line.link.doubt(now: line.now)
    return line
  }

  /// What is on the line now holds nothing that a REPL acts on or shows.
  private func isHarmless(_ bytes: [UInt8]) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy { $0 >= 0x80 || $0 == 0x1E }
  }

  @Test func requestsWaitForAnAnswer() throws {
    let line = doubted()
    let stream = try line.link.open(head: Array("GET /".utf8), now: line.now).stream
    let output = line.link.output
    #expect(isHarmless(output))
    let delivery = line.link.delivery(of: stream)
    #expect(delivery == .notSent)
    // The board's program runs after all: it answers PING, and gets the request.
    #expect(line.run(1000) { $0.events.contains { $0.isEnd(of: stream) } })
  }

  @Test func withoutAnAnswerTheSessionEnds() throws {
    let line = doubted()
    let stream = try line.link.open(head: Array("GET /".utf8), now: line.now).stream
    var events: [HostLink.Event] = []
    let end = line.now + .milliseconds(600)
    while let deadline = line.link.nextDeadline, deadline <= end {
      line.link.advance(now: deadline)
      if line.link.hasOutput {
        let output = line.link.takeOutput()
        #expect(isHarmless(output))
      }
      while let event = line.link.nextEvent() { events.append(event) }
    }
    #expect(events == [.failed(stream, .notSent), .lost(.prompt)])
    #expect(line.state == .probing)
  }
}

extension HostLink.Event {
  fileprivate func isEnd(of stream: StreamID) -> Bool {
    if case .received(stream, _, end: true) = self { return true }
    return false
  }
}
