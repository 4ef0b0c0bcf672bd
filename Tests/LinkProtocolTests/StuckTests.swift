import MonotonicTime
import Testing

@testable import LinkProtocol

/// Boards that wait for what does not come, and boards that keep the host waiting.
@Suite struct StuckTests {
  private func established() -> Line {
    let line = Line()
    line.start()
    #expect(line.run(1000) { $0.link.state == .established })
    _ = line.run(50)
    line.events = []
    return line
  }

  private func hasAnswer(_ line: Line) -> Bool {
    line.events.contains { if case .received(_, _, end: true) = $0 { true } else { false } }
  }

  @Test(arguments: [9..<60, 100..<400, 20..<420])
  func aBurstThatIsLostIsFilledWithTheSecondPing(hole: Range<Int>) throws {
    let line = established()
    line.hole = line.bytesToBoard + hole.lowerBound..<line.bytesToBoard + hole.upperBound
    let body = [UInt8](repeating: 65, count: 420)
    _ = try line.link.open(head: Array("POST /".utf8), body: body, now: line.now)
    let pings = line.statistics.pingsSent
    #expect(line.run(2000) { self.hasAnswer($0) })
    // One more may go while the frame, sent again, is on its way.
    #expect(line.statistics.pingsSent - pings <= 3)
    #expect(line.statistics.retransmissions == 1 && line.statistics.sessions == 1)
  }

  @Test func aBurstThatIsLostShortlyBeforeTheEndIsFilledAtTheEnd() throws {
    let line = established()
    line.hole = line.bytesToBoard + 100..<line.bytesToBoard + 400
    let body = [UInt8](repeating: 65, count: 420)
    let stream = try line.link.open(head: Array("POST /".utf8), body: body, now: line.now).stream
    _ = line.run(40)
    let pings = line.statistics.pingsSent
    let asked = line.link.askToEnd(stream, code: .deadline, now: line.now)
    #expect(asked)
    let before = line.link.heardAt
    #expect(line.run(100) { $0.link.heardAt != before })
    #expect(line.statistics.pingsSent == pings + 1)
  }

  @Test func halfAFrameOfAnEarlierSessionIsFilledWithTheFourthHello() {
    let line = Line()
    var frame: [UInt8] = []
    FrameEncoder.append(
      Frame(kind: .data, body: [UInt8](repeating: 65, count: 512)), key: .none, check: .crc32,
      direction: .toBoard, to: &frame)
    line.board.input = Array(frame.prefix(8))
    line.start()
    #expect(line.run(2000) { $0.link.state == .established })
    #expect(line.statistics.framesSent <= 2 * 5)
  }

  /// The session ends, and the next one serves.
  private func isFound(_ line: Line) {
    let before = line.bytesToBoard
    #expect(line.run(30_000) { $0.events.contains(.lost(.stuck)) })
    #expect(line.bytesToBoard - before < 1000)
    line.board.losesCancel = false
    line.board.ignoresCancel = false
    line.events = []
    #expect(line.run(1000) { $0.link.state == .established })
    #expect(throws: Never.self) { try line.link.open(head: Array("GET /".utf8), now: line.now) }
    #expect(line.run(1000) { self.hasAnswer($0) })
  }

  @Test(arguments: [3, 40] as [UInt8])
  func numbersThatNoFrameHas(count: UInt8) throws {
    let line = established()
    line.board.skip(count)
    _ = try line.link.open(head: Array("GET /".utf8), now: line.now)
    isFound(line)
  }

  @Test func damageShowsThatTheLineKeepsWhatTheBoardOwes() {
    let line = established()
    line.board.skip(3)
    var damaged: [UInt8] = []
    FrameEncoder.append(
      Frame(kind: .data, stream: 1, body: [65]), key: .none, check: .crc32, direction: .toHost,
      to: &damaged)
    for _ in 0..<200 {
      _ = line.run(300)
      line.link.receive(damaged, now: line.now)
    }
    #expect(line.statistics.damaged == 200 && line.statistics.sessions == 1)
    #expect(!line.events.contains(.lost(.stuck)))
  }

  @Test(arguments: [true, false])
  func anEndThatIsNotAnswered(isLost: Bool) throws {
    let line = established()
    line.board.losesCancel = isLost
    line.board.ignoresCancel = !isLost
    let stream = try line.link.open(
      head: Array("POST /".utf8), end: false, now: line.now
    ).stream
    _ = line.run(50)
    line.link.cancel(stream, code: .clientGone, now: line.now)
    isFound(line)
  }

  @Test func aStreamThatWaitsOwesNothing() throws {
    let line = established()
    _ = try line.link.open(head: Array("POST /".utf8), end: false, now: line.now)
    _ = line.run(60_000)
    #expect(line.events.isEmpty && line.statistics.sessions == 1)
  }
}
