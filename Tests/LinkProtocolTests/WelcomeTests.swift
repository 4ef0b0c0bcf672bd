import MonotonicTime
import Testing

@testable import LinkProtocol

/// Greetings that a host cannot do anything with, or gets too many of.
@Suite struct WelcomeTests {
  /// A WELCOME with this nonce, or with that of the link.
  private func welcome(
    _ line: Line, nonce: [UInt8]? = nil, f: Int = 512, check: CheckKind = .crc32,
    in frameCheck: CheckKind = .crc32
  ) -> [UInt8] {
    let text = "v=1\nb=1\nf=\(f)\nh=512\nw=1024\nq=4\nn=4\nk=1024\nc=\(check.name)"
    var bytes: [UInt8] = []
    FrameEncoder.append(
      Frame(kind: .welcome, body: (nonce ?? line.link.nonce) + Array(text.utf8)), key: .none,
      check: frameCheck, direction: .toHost, to: &bytes)
    return bytes
  }

  private func take(_ bytes: [UInt8], _ line: Line) -> [HostLink.Event] {
    line.link.receive(bytes, now: line.now)
    var events: [HostLink.Event] = []
    while let event = line.link.nextEvent() { events.append(event) }
    return events
  }

  @Test(arguments: CheckKind.allCases, CheckKind.allCases)
  func theCheckIsTheOneThatIsSaid(said: CheckKind, used: CheckKind) {
    let line = Line()
    line.start()
    let events = take(welcome(line, check: said, in: used), line)
    #expect((line.state == .established) == (said == used))
    if said != used { #expect(events == [.badWelcome(.check(said))]) }
  }

  @Test func eachReasonIsSaidOnceInARow() {
    let line = Line()
    line.start()
    let small = welcome(line, f: 5)
    let first = take(small + small, line)
    #expect(first == [.badWelcome(.value(key: "f", value: "5"))])
    let second = take(welcome(line, check: .fletcher16), line)
    #expect(second == [.badWelcome(.check(.fletcher16))])
  }

  @Test func manyAnnouncementsGetOneHello() {
    let line = Line()
    line.start()
    let hello = line.link.takeOutput().count
    for _ in 0..<100 { _ = take(welcome(line, nonce: Welcome.announcement), line) }
    let early = line.link.takeOutput().count
    #expect(early == 0)
    line.now = line.now + line.link.configuration.helloInterval
    line.link.advance(now: line.now)
    let next = line.link.takeOutput().count
    #expect(next == hello)
  }

  @Test func aServerThatBeginsAgainAndAgainIsAskedAtTheSamePace() {
    let line = Line()
    line.start()
    for _ in 0..<100 {
      if !line.link.takeOutput().isEmpty { _ = take(welcome(line), line) }
      _ = take(welcome(line, nonce: Welcome.announcement), line)
    }
    #expect(line.statistics.sessions == 1)
  }
}
