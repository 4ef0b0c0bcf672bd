import MonotonicTime
import Testing

@testable import LinkProtocol

@Suite struct VectorTests {
  struct Good: Decodable {
    var name, direction, nonce, check, frame, kind, body: String
    var end, part: Bool
    var stream, sequence, acknowledgement: UInt8
  }

  @Test func goodFrames() throws {
    let cases = try VectorFile<Good>.read("frames")
    #expect(cases.count >= 100)
    for item in cases {
      let fields = FrameFields(
        kind: item.kind, end: item.end, part: item.part, stream: item.stream,
        sequence: item.sequence, acknowledgement: item.acknowledgement, body: item.body)
      let frame = try #require(fields.frame)
      let key = SessionKey(nonce: bytes(item.nonce))
      let toBoard = item.direction == "to_board"
      var made: [UInt8] = []
      FrameEncoder.append(
        frame, key: key, check: checkKind(item.check), direction: toBoard ? .toBoard : .toHost,
        to: &made)
      #expect(made == bytes(item.frame), "\(item.name)")
      let escaped = made.count > 6 && !frame.kind.isHeaderOnly && made[6] & 0x40 != 0
      if !escaped {
        let outputs = decoded(made, pieces: made.count, session: (key, checkKind(item.check)))
        #expect(outputs == [.frame(frame)], "\(item.name)")
      }
    }
  }

  struct Bad: Decodable {
    var name, direction, nonce, check, bytes: String
  }

  @Test func badFrames() throws {
    let cases = try VectorFile<Bad>.read("bad-frames")
    #expect(cases.count >= 100)
    for item in cases {
      let session = (SessionKey(nonce: bytes(item.nonce)), checkKind(item.check))
      for pieces in [1, 1 << 20] {
        for output in decoded(bytes(item.bytes), pieces: pieces, session: session) {
          if case .frame = output { Issue.record("\(item.name) was taken") }
        }
      }
    }
  }

  struct Stream: Decodable {
    struct Piece: Decodable {
      var console: String?
      var frame: FrameFields?
    }
    var name, nonce, check, bytes: String
    var expect: [Piece]
  }

  @Test func streams() throws {
    for item in try VectorFile<Stream>.read("streams") {
      let expected: [FrameDecoder.Output] = item.expect.compactMap { piece in
        piece.frame.flatMap(\.frame).map { .frame($0) }
          ?? piece.console.map { .console(bytes($0)) }
      }
      #expect(expected.count == item.expect.count)
      let session = (SessionKey(nonce: bytes(item.nonce)), checkKind(item.check))
      for pieces in [1 << 20, 1, 2, 7] {
        let outputs = decoded(bytes(item.bytes), pieces: pieces, session: session)
        #expect(outputs == expected, "\(item.name), in pieces of \(pieces)")
      }
    }
  }

  struct Session: Decodable {
    struct Action: Decodable {
      var open, body, write, bye: String?
      var end: Bool?
      var stream, cancel: UInt8?
      var wait: Int?
    }
    struct Step: Decodable {
      var toBoard, toHost: String?
      var action: Action?

      enum CodingKeys: String, CodingKey {
        case toBoard = "to_board"
        case toHost = "to_host"
        case action = "do"
      }
    }
    var name, nonce: String
    var steps: [Step]
  }

  /// Sessions in which the host does what ``HostLink`` does by itself: each byte is compared.
  @Test func sessions() throws {
    var compared = 0
    for item in try VectorFile<Session>.read("sessions") {
      var now = Instant.now
      var link = HostLink()
      link.start(now: now)
      _ = link.takeOutput()
      link.nonce = bytes(item.nonce)
      link.sendHello(now: now)
      var isFirst = true
      for step in item.steps {
        if let answer = step.toHost { link.receive(bytes(answer), now: now) }
        guard let expected = step.toBoard else { continue }
        if let action = step.action {
          try act(action, on: &link, now: &now)
        } else if !isFirst {
          break
        }
        isFirst = false
        #expect(link.takeOutput() == bytes(expected), "\(item.name)")
        compared += 1
      }
    }
    #expect(compared >= 40)
  }

  private func act(
    _ action: Session.Action, on link: inout HostLink, now: inout Instant
  ) throws {
    while link.nextEvent() != nil {}
    let end = action.end ?? false
    if let head = action.open {
      let body = bytes(action.body ?? "")
      let (_, taken) = try link.open(head: Array(head.utf8), body: body, end: end, now: now)
      #expect(taken == body.count)
    } else if let data = action.write {
      let content = bytes(data)
      #expect(link.write(action.stream ?? 0, content[...], end: end, now: now) == content.count)
    } else if let code = action.cancel {
      let code = try #require(CancelCode(rawValue: code))
      link.cancel(action.stream ?? 0, code: code, now: now)
    } else if let reason = action.bye {
      link.bye(reason: reason, now: now)
    } else if let wait = action.wait {
      now = now.advanced(by: .milliseconds(wait))
      link.advance(now: now)
    }
  }
}
