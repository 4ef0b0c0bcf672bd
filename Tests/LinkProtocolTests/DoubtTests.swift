import Testing

@testable import LinkProtocol

/// A board whose console shows a prompt may be at its REPL, which would run what it gets.
@Suite struct DoubtTests {
  private func doubted() -> Line {
    var line = Line()
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
    var line = doubted()
    let stream = try line.link.open(head: Array("GET /".utf8), now: line.now).stream
    var copy = line.link
    #expect(isHarmless(copy.takeOutput()))
    #expect(copy.delivery(of: stream) == .notSent)
    // The board's program runs after all: it answers PING, and gets the request.
    #expect(line.run(1000) { $0.events.contains { $0.isEnd(of: stream) } })
  }

  @Test func withoutAnAnswerTheSessionEnds() throws {
    var line = doubted()
    let stream = try line.link.open(head: Array("GET /".utf8), now: line.now).stream
    var link = line.link
    var events: [HostLink.Event] = []
    let end = line.now + .milliseconds(600)
    while let deadline = link.nextDeadline, deadline <= end {
      link.advance(now: deadline)
      #expect(!link.hasOutput || isHarmless(link.takeOutput()))
      while let event = link.nextEvent() { events.append(event) }
    }
    #expect(events == [.failed(stream, .notSent), .lost(.prompt)])
    #expect(link.state == .probing)
  }
}

extension HostLink.Event {
  fileprivate func isEnd(of stream: StreamID) -> Bool {
    if case .received(stream, _, end: true) = self { return true }
    return false
  }
}
