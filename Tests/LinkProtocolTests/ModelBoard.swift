@testable import LinkProtocol

/// A board after the spec's rules: in order only, NAK once for a gap, slots, no timers.
struct ModelBoard {
  struct Handler {
    var request: [UInt8] = []
    var inBody = false
    var ended = false
    var response: [UInt8] = []
    var answered = false
    var credit = Limits.hostCredit
    var consumed = 0
  }

  var boot = 1
  var slots = 4
  var window = 2048
  var largestBody = 512
  var streams = 4
  var initialCredit = 1024
  var frameBody = 400
  /// While true the board reads nothing.
  var isBlocked = false
  var version: UInt8 = 1
  /// CANCEL is dropped as if it had got lost, each time.
  var losesCancel = false
  /// CANCEL is acknowledged, and not answered.
  var ignoresCancel = false
  var input: [UInt8] = []
  var output: [UInt8] = []
  var ranHeads: [String] = []
  var pings = 0
  var sinkBytes = 0
  /// Frames longer than the board takes.
  var overrun = 0
  var cancels: [UInt8] = []
  var key = SessionKey.none
  var nonce: [UInt8] = []
  var isServing = false
  private var expected: UInt8 = 0
  private var asked = false
  private var upcoming: UInt8 = 0
  private var oldest: UInt8 = 0
  private var sent: [Frame?] = Array(repeating: nil, count: 128)
  private var queue: [Frame] = []
  private var handlers: [UInt8: Handler] = [:]
  private var owesAcknowledgement = false

  mutating func reboot() {
    let old = self
    self = ModelBoard()
    (slots, window, largestBody, streams) = (old.slots, old.window, old.largestBody, old.streams)
    (ranHeads, frameBody, version) = (old.ranHeads, old.frameBody, old.version)
    boot = old.boot + 1
    sendWelcome(Welcome.announcement)
  }

  mutating func emit(_ name: String, _ data: String) {
    enqueue(.event, body: Array("\(name)\n\(data)".utf8))
  }

  /// Takes the next numbers for nothing, as no honest board does.
  mutating func skip(_ count: UInt8) { upcoming = (upcoming &+ count) & 0x7F }

  mutating func sayBye() {
    put(Frame(kind: .bye, sequence: upcoming, acknowledgement: expected, body: Array("stop".utf8)))
    isServing = false
    key = .none
  }

  mutating func run() {
    guard !isBlocked else { return }
    while let step = read() { if !step { break } }
    pump()
    if owesAcknowledgement { header(.ack, upcoming) }
  }

  /// Reads one thing; false when it takes more bytes, nil when there are none.
  private mutating func read() -> Bool? {
    guard let start = input.firstIndex(of: 0x1E) else {
      input = []
      return nil
    }
    input.removeFirst(start)
    switch input.withUnsafeBytes({ FrameHeader.read($0, at: 0) }) {
    case .undecided: return false
    case .text(let count): input.removeFirst(count)
    case .header(let header):
      if header.length - 4 > largestBody && header.kind.isSequenced { overrun += 1 }
      if header.kind.isHeaderOnly {
        input.removeFirst(8)
        if isServing && header.hasGuards(of: key) {
          take(header, [])
        } else if isServing {
          damage()
        }
        return true
      }
      guard input.count >= header.frameSize else { return false }
      let frame = Array(input[..<header.frameSize])
      input.removeFirst(header.frameSize)
      if let body = body(frame, header) { take(header, body) } else if isServing { damage() }
    }
    return true
  }

  private func body(_ frame: [UInt8], _ header: FrameHeader) -> [UInt8]? {
    guard header.check == .crc32 else { return nil }
    var rest: [UInt8] = []
    var escape = false
    for byte in frame[8...] {
      if escape {
        rest.append(byte ^ 0x40)
        escape = false
      } else if header.escaped && byte == 0x10 {
        escape = true
      } else {
        rest.append(byte)
      }
    }
    guard !escape, rest.count >= 4 else { return nil }
    let checked = Array(frame[..<5]) + rest.dropLast(4)
    let seed = header.kind.isUnseeded ? 0 : key.crcSeed
    let value = checked.withUnsafeBytes { Checksum.crc32($0, from: seed) }
    let stored = rest.suffix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    if !header.kind.isUnseeded && !isServing { return nil }
    return value == stored ? Array(rest.dropLast(4)) : nil
  }

  private mutating func damage() {
    header(.nak, expected)
    asked = true
  }

  private mutating func take(_ header: FrameHeader, _ body: [UInt8]) {
    if header.kind == .hello {
      let drawn = Array(body.dropFirst())
      if !isServing || drawn != nonce {
        restart()
        nonce = drawn
        key = SessionKey(nonce: drawn)
        isServing = version == 1
        sendWelcome(drawn)
        if isServing { enqueue(.routes, end: true, body: Array("GET /\nPOST /echo".utf8)) }
      } else {
        sendWelcome(drawn)
      }
      return
    }
    let count = (header.acknowledgement &- oldest) & 0x7F
    if count <= (upcoming &- oldest) & 0x7F {
      for _ in 0..<count {
        sent[Int(oldest)] = nil
        oldest = (oldest &+ 1) & 0x7F
      }
    }
    if header.kind == .ping {
      pings += 1
      self.header(.ack, upcoming)
    }
    if header.kind == .nak, let frame = sent[Int(header.sequence)] { put(frame) }
    if header.kind == .bye {
      isServing = false
      key = .none
    }
    guard header.kind.isSequenced, header.kind != .cancel || !losesCancel else { return }
    let ahead = (header.sequence &- expected) & 0x7F
    if ahead == 0 {
      expected = (expected &+ 1) & 0x7F
      asked = false
      owesAcknowledgement = true
      deliver(header, body)
    } else if ahead >= 64 {
      owesAcknowledgement = true
    } else if !asked {
      damage()
    }
  }

  private mutating func deliver(_ header: FrameHeader, _ body: [UInt8]) {
    let stream = header.stream
    if header.kind == .request && handlers[stream] == nil { handlers[stream] = Handler() }
    guard var handler = handlers[stream] else { return }
    if header.kind == .request || header.kind == .data {
      handler.request += body
      handler.ended = header.end
      if header.kind == .request && !header.part {
        let head = handler.request.split(separator: 10).first ?? []
        ranHeads.append(String(decoding: head, as: UTF8.self))
      }
      if header.kind == .data {
        handler.consumed += body.count
        sinkBytes += body.count
        if handler.consumed >= initialCredit / 2, !header.end {
          let n = handler.consumed
          enqueue(.credit, stream, body: [UInt8(n & 255), UInt8(n >> 8)])
          handler.consumed = 0
        }
      }
      if handler.ended { answer(&handler) }
    } else if header.kind == .credit {
      handler.credit += Int(body[0]) | Int(body[1]) << 8
    } else if header.kind == .cancel {
      cancels.append(body.first ?? 0)
      if ignoresCancel { return }
      if !handler.answered || !handler.response.isEmpty {
        enqueue(.cancel, stream, body: Array(body.prefix(1)))
      }
      handlers[stream] = nil
      return
    }
    handlers[stream] = handler
  }

  private func answer(_ handler: inout Handler) {
    handler.answered = true
    let text = String(decoding: handler.request, as: UTF8.self)
    let head = text.split(separator: "\n").first ?? ""
    if let n = head.split(separator: "=").last.flatMap({ Int($0) }), head.contains("big=") {
      handler.response = Array("200\n\n".utf8) + (0..<n).map { UInt8($0 & 255) }
    } else {
      handler.response = Array("200\n\n".utf8) + handler.request
    }
  }

  private mutating func pump() {
    while Int((upcoming &- oldest) & 0x7F) < slots {
      if !queue.isEmpty {
        send(queue.removeFirst())
        continue
      }
      let ready = handlers.filter { $0.value.answered && $0.value.credit > 0 }.keys.sorted()
      guard let stream = ready.first, var handler = handlers[stream] else { return }
      let body = Array(handler.response.prefix(min(frameBody, handler.credit)))
      handler.response.removeFirst(body.count)
      handler.credit -= body.count
      let end = handler.response.isEmpty
      handlers[stream] = end ? nil : handler
      send(Frame(kind: .data, end: end, stream: stream, body: body))
    }
  }

  private mutating func enqueue(
    _ kind: FrameKind, _ stream: UInt8 = 0, end: Bool = false, body: [UInt8]
  ) { queue.append(Frame(kind: kind, end: end, stream: stream, body: body)) }

  private mutating func send(_ frame: Frame) {
    var frame = frame
    frame.sequence = upcoming
    sent[Int(upcoming)] = frame
    upcoming = (upcoming &+ 1) & 0x7F
    put(frame)
  }

  private mutating func put(_ frame: Frame) {
    var frame = frame
    frame.acknowledgement = expected
    owesAcknowledgement = false
    FrameEncoder.append(frame, key: key, check: .crc32, direction: .toHost, to: &output)
  }

  private mutating func header(_ kind: FrameKind, _ number: UInt8) {
    put(Frame(kind: kind, sequence: number))
  }

  private mutating func restart() {
    (expected, asked, upcoming, oldest, owesAcknowledgement) = (0, false, 0, 0, false)
    sent = Array(repeating: nil, count: 128)
    queue = []
    handlers = [:]
  }

  private mutating func sendWelcome(_ nonce: [UInt8]) {
    let text = """
      v=\(version)
      b=\(boot)
      f=\(largestBody)
      h=2048
      w=\(window)
      q=\(slots)
      n=\(streams)
      k=\(initialCredit)
      c=crc32
      """
    FrameEncoder.append(
      Frame(
        kind: .welcome, sequence: upcoming, acknowledgement: expected,
        body: nonce + Array(text.utf8)),
      key: .none, check: .crc32, direction: .toHost, to: &output)
  }
}
