import MonotonicTime
import Testing

@testable import LinkProtocol

@Suite struct HostLinkTests {
  private func established(rate: Int = 11_520) -> Line {
    let line = Line(rate: rate)
    line.start()
    #expect(line.run(1000) { $0.link.state == .established })
    _ = line.run(50)
    line.events = []
    return line
  }

  /// Uploads for twenty seconds of the line's time; the share of its bytes that were body.
  private func goodput(corruption: Double, loss: Double = 0) throws -> Double {
    let line = established()
    line.corruption = corruption
    line.loss = loss
    let body = (0..<400_000).map { UInt8(0x20 + $0 % 90) }
    let opened = try line.link.open(
      head: Array("POST /sink".utf8), body: body, end: true, now: line.now)
    let stream = opened.stream
    var taken = opened.taken
    let start = line.board.sinkBytes
    _ = line.run(20_000) { line in
      taken += line.link.write(stream, body[taken...], end: true, now: line.now)
      return false
    }
    return Double(line.board.sinkBytes - start) / Double(20 * line.rate)
  }

  @Test func goodputOnAGoodLine() throws {
    let share = try goodput(corruption: 0)
    print("goodput, no faults: \(share)")
    #expect(share >= 0.95)
  }

  @Test func goodputOnABadLine() throws {
    let share = try goodput(corruption: 1e-4)
    print("goodput, corruption 1e-4: \(share)")
    #expect(share >= 0.80)
  }

  @Test func anEndIsUnderWayUntilTheBoardHasReadOfIt() throws {
    let line = established()
    let stream = try line.link.open(
      head: Array("POST /sink".utf8), body: [], end: false, now: line.now
    ).stream
    _ = line.run(50)
    #expect(!line.isEnding)
    line.loss = 1
    let asked = line.link.askToEnd(stream, code: .deadline, now: line.now)
    #expect(asked)
    _ = line.run(100)
    #expect(line.isEnding)
    line.loss = 0
    line.link.inquire(now: line.now)
    _ = line.run(100)
    #expect(!line.isEnding)
  }

  @Test(arguments: [(0.0, 0.0), (5e-4, 0), (0, 5e-4), (1e-3, 1e-3)], [7, 21, 1234])
  func everyRequestOnceAndWhole(faults: (Double, Double), seed: UInt64) throws {
    let (corruption, loss) = faults
    let line = established()
    line.random.state = seed
    line.corruption = corruption
    line.loss = loss
    var open: [StreamID: (head: String, body: [UInt8], got: [UInt8])] = [:]
    var done = 0
    for number in 0..<60 {
      let head = "POST /echo?\(number)"
      let body = (0..<(number * 13 % 700)).map { UInt8(($0 * 7 + number) & 255) }
      #expect(line.run(60_000) { $0.link.freeStreams > 0 })
      done += collect(line, &open)
      let (stream, taken) = try line.link.open(
        head: Array(head.utf8), body: body, end: true, now: line.now)
      #expect(taken == body.count)
      open[stream] = (head, body, [])
    }
    for _ in 0..<60 where done < 60 {
      _ = line.run(1000)
      done += collect(line, &open)
    }
    #expect(done == 60)
    #expect(Set(line.board.ranHeads).count == 60 && line.board.ranHeads.count == 60)
    #expect(line.statistics.sessions == 1)
    #expect(corruption > 0 || line.board.overrun == 0)
    #expect((corruption + loss > 0) == (line.link.statistics.retransmissions > 0))
  }

  private func collect(
    _ line: Line,
    _ open: inout [StreamID: (head: String, body: [UInt8], got: [UInt8])]
  ) -> Int {
    var done = 0
    for event in line.events {
      guard case .received(let stream, let bytes, let end) = event else { continue }
      open[stream]?.got += bytes
      if end, let entry = open.removeValue(forKey: stream) {
        let parted = entry.body.isEmpty ? "" : "\n\n"
        #expect(entry.got == Array("200\n\n\(entry.head)\(parted)".utf8) + entry.body)
        done += 1
      }
    }
    line.events = []
    return done
  }

  @Test func aBlockedBoardGetsPingsAndNowAndThenHello() throws {
    let line = established()
    line.board.isBlocked = true
    _ = try line.link.open(head: Array("GET /".utf8), now: line.now)
    _ = line.run(100)
    let before = (line.bytesToBoard, line.link.statistics)
    _ = line.run(10_000)
    let pings = Int(line.link.statistics.pingsSent - before.1.pingsSent)
    #expect((5...10).contains(pings))
    // Once, what the request's frame has behind its header; then two frames of 17 and 15 bytes to a
    // HELLO, with the second half of the PINGs at most.
    let hellos = line.bytesToBoard - before.0 - 8 * pings - 9
    #expect(hellos % 32 == 0 && (1...pings / 2).contains(hellos / 32))
    #expect(line.statistics.retransmissions == before.1.retransmissions)
    line.board.isBlocked = false
    _ = line.run(1000)
    #expect(line.board.ranHeads == ["GET /"])
    #expect(line.events.contains(.received(1, Array("200\n\nGET /".utf8), end: true)))
    #expect(line.statistics.sessions == 1)
  }

  @Test func rebootInTheMiddle() throws {
    let line = established()
    _ = try line.link.open(
      head: Array("POST /".utf8), body: [1], end: false, now: line.now)
    _ = line.run(100)
    line.board.reboot()
    #expect(line.run(1000) { $0.link.statistics.sessions == 2 && $0.link.identity != nil })
    #expect(line.events.prefix(2) == [.failed(1, .mayHaveRun), .lost(.rebooted)])
    #expect(
      line.events.contains {
        if case .established(_, rebooted: true) = $0 { true } else { false }
      })
    _ = try line.link.open(head: Array("GET /".utf8), now: line.now)
    #expect(
      line.run(1000) { $0.events.contains { if case .received = $0 { true } else { false } } })
  }

  @Test func byeOfEitherSide() throws {
    let line = established()
    line.board.sayBye()
    _ = line.run(20)
    #expect(line.events.first == .lost(.bye("stop")))
    #expect(line.run(3000) { $0.link.state == .established })
    line.link.bye(reason: "closing", now: line.now)
    #expect(line.state == .idle && line.link.nextDeadline == nil)
    _ = line.run(50)
    #expect(!line.board.isServing)
  }

  @Test func silenceIsNoticed() {
    let line = established()
    line.board.isBlocked = true
    #expect(!line.run(4900) { $0.link.state != .established })
    #expect(line.run(200) { $0.events.contains(.lost(.silent)) })
  }

  @Test func aBoardWhoseNewGreetingIsLostIsFoundWhileAStreamIsOpen() throws {
    let line = established()
    let (stream, _) = try line.link.open(
      head: Array("POST /".utf8), body: [1], end: false, now: line.now)
    _ = line.run(100)
    line.board.reboot()
    line.board.output = []
    #expect(line.run(8000) { $0.events.contains(.lost(.rebooted)) })
    #expect(line.events.contains(.failed(stream, .mayHaveRun)))
    #expect(line.run(1000) { $0.link.state == .established })
  }

  @Test func aServerThatForgotTheSessionIsFoundWhileAStreamIsOpen() throws {
    let line = established()
    _ = try line.link.open(head: Array("POST /".utf8), body: [1], end: false, now: line.now)
    _ = line.run(100)
    let boot = line.board.boot
    line.board.reboot()
    line.board.boot = boot
    line.board.output = []
    #expect(line.run(8000) { $0.events.contains(.lost(.renewed)) })
    #expect(line.run(1000) { $0.link.state == .established })
  }

  @Test func aBoardThatIsBusyForLongKeepsItsSession() throws {
    let line = established()
    _ = try line.link.open(head: Array("GET /".utf8), now: line.now)
    line.board.isBlocked = true
    #expect(!line.run(30_000) { $0.link.state != .established })
    line.board.isBlocked = false
    #expect(
      line.run(3000) { $0.events.contains { if case .received = $0 { true } else { false } } })
    #expect(line.board.ranHeads.count == 1)
  }

  @Test func anotherVersionIsSaidOnce() {
    let line = Line()
    line.board.version = 9
    line.start()
    _ = line.run(3000)
    #expect(line.events == [.versionMismatch(9)])
  }

  @Test func aSlowConsumerHoldsBackOnlyItsStream() throws {
    let line = established(rate: 100_000)
    let (slow, _) = try line.link.open(head: Array("GET /?big=50000".utf8), now: line.now)
    _ = line.run(1500)
    var got = 0
    for case .received(slow, let bytes, _) in line.events { got += bytes.count }
    #expect(got == Limits.hostCredit)
    let (fast, _) = try line.link.open(head: Array("GET /".utf8), now: line.now)
    #expect(
      line.run(200) {
        $0.events.contains { if case .received(fast, _, _) = $0 { true } else { false } }
      })
    line.events = []
    line.link.grant(slow, bytes: got, now: line.now)
    #expect(
      line.run(3000) { line in
        for case .received(slow, let bytes, _) in line.events {
          got += bytes.count
          line.link.grant(slow, bytes: bytes.count, now: line.now)
        }
        line.events = []
        return got >= 50_005
      })
  }

  @Test func cancellationFreesTheNumber() throws {
    let line = established()
    let (stream, _) = try line.link.open(
      head: Array("POST /".utf8), body: [1], end: false, now: line.now)
    _ = line.run(50)
    line.link.cancel(stream, code: .deadline, now: line.now)
    #expect(line.run(200) { $0.link.freeStreams == 4 })
    #expect(line.board.cancels == [2])
    for _ in 0..<300 {
      let (again, _) = try line.link.open(head: Array("GET /".utf8), now: line.now)
      #expect(again == 1)
      #expect(line.run(500) { $0.link.freeStreams == 4 })
    }
  }

  /// Sequenced frames from a board that does as it likes.
  private func say(_ frames: [Frame], to line: Line) {
    var bytes: [UInt8] = []
    for (index, frame) in frames.enumerated() {
      var frame = frame
      frame.sequence = UInt8(index + 1)
      frame.acknowledgement = UInt8(1)
      FrameEncoder.append(
        frame, key: line.link.key, check: .crc32, direction: .toHost, to: &bytes)
    }
    line.link.receive(bytes, now: line.now)
    while let event = line.link.nextEvent() { line.events.append(event) }
  }

  private func cancelCode(_ output: [UInt8], _ key: SessionKey) -> UInt8? {
    let reader = decoded(output, pieces: output.count, session: (key, .crc32))
    for case .frame(let frame) in reader where frame.kind == .cancel { return frame.body.first }
    return nil
  }

  @Test func anEarlyEndCancelsWhatIsStillWritten() throws {
    let line = established()
    let (stream, _) = try line.link.open(
      head: Array("POST /".utf8), body: [1], end: false, now: line.now)
    _ = line.link.takeOutput()
    say([Frame(kind: .data, end: true, stream: stream, body: [50])], to: line)
    #expect(line.events == [.received(stream, [50], end: true)])
    #expect(cancelCode(line.link.takeOutput(), line.link.key) == 7)
    #expect(line.link.write(stream, [1, 2], end: true, now: line.now) == 0)
    #expect(line.freeStreams == 4)
  }

  @Test func moreThanTheCreditEndsTheStream() throws {
    let line = established()
    let (stream, _) = try line.link.open(head: Array("GET /".utf8), now: line.now)
    _ = line.link.takeOutput()
    let body = [UInt8](repeating: 65, count: 6000)
    say([Frame](repeating: Frame(kind: .data, stream: stream, body: body), count: 3), to: line)
    #expect(line.events.count == 3)
    guard case .cancelled(stream, code: 6, _) = line.events.last else {
      Issue.record("the stream goes on")
      return
    }
    #expect(cancelCode(line.link.takeOutput(), line.link.key) == 6)
  }

  @Test func theBoardCancels() throws {
    let line = established()
    let (stream, _) = try line.link.open(
      head: Array("POST /".utf8), body: [1], end: false, now: line.now)
    _ = line.link.takeOutput()
    say([Frame(kind: .cancel, stream: stream, body: [5] + Array("bye".utf8))], to: line)
    #expect(line.events == [.cancelled(stream, code: 5, text: "bye")])
    #expect(cancelCode(line.link.takeOutput(), line.link.key) == 5)
    #expect(line.freeStreams == 4)
  }

  @Test func noiseNeverCrashesAndTheLinkComesBack() {
    let line = established()
    var random = SplitMix64(state: 99)
    for round in 0..<3000 {
      let count = Int.random(in: 1...300, using: &random)
      var noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      if round % 2 == 0 {
        FrameEncoder.append(
          Frame(
            kind: FrameKind(rawValue: UInt8.random(in: 1...15, using: &random)) ?? .data,
            end: Bool.random(using: &random), stream: UInt8.random(in: 0...127, using: &random),
            sequence: UInt8.random(in: 0...127, using: &random),
            acknowledgement: UInt8.random(in: 0...127, using: &random),
            body: Array(noise.prefix(40))),
          key: line.link.key, check: .crc32, direction: .toHost, to: &noise)
      }
      line.link.receive(noise, now: line.now)
      while line.link.nextEvent() != nil {}
      #expect(line.link.decoder.pendingCount <= Limits.length + Limits.headerSize)
      line.now = line.now.advanced(by: .milliseconds(3))
    }
    line.board.reboot()
    #expect(line.run(8000) { $0.link.state == .established && $0.board.isServing })
  }
}
