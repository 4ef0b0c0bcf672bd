import Events
import Testing

@Suite struct EventTextTests {
  private func json(_ kind: EventKind, board: String? = "pico") -> String {
    let event = Event(id: id(7), time: 1_795_366_800_123, board: board, kind: kind)
    return String(decoding: event.json, as: UTF8.self)
  }

  private let tail = #""time":"2026-11-22T17:00:00.123Z""#
  private let place = #""id":"0000000000c0ffee-7""#

  @Test func everyKindHasItsTextWithSortedKeys() {
    let device = AttachedDevice(
      node: "/dev/ttyACM0", vendorID: "2e8a", productID: "0005", serialNumber: "e661",
      product: "Board in FS mode")
    #expect(
      json(.attached(device))
        == #"{"board":"pico",\#(place),"node":"/dev/ttyACM0","product":"Board in FS mode","#
        + #""productID":"0005","serialNumber":"e661",\#(tail),"type":"attached","vendorID":"2e8a"}"#
    )
    #expect(
      json(.detached(node: "/dev/ttyACM0"))
        == #"{"board":"pico",\#(place),"node":"/dev/ttyACM0",\#(tail),"type":"detached"}"#)
    #expect(
      json(.state(name: "failed", reason: "no")) == #"{"board":"pico",\#(place),"reason":"no","#
        + #""state":"failed",\#(tail),"type":"state"}"#)
    #expect(
      json(.console(line: "hi")) == #"{"board":"pico",\#(place),"line":"hi",\#(tail),"#
        + #""type":"console"}"#)
    #expect(
      json(.emit(name: "tick", data: Array(#"{"n":1}"#.utf8)))
        == #"{"board":"pico","data":"{\"n\":1}",\#(place),"name":"tick",\#(tail),"type":"emit"}"#)
    #expect(
      json(.exception(traceback: "a\nb", method: "GET", path: "/x"))
        == #"{"board":"pico",\#(place),"method":"GET","path":"/x",\#(tail),"traceback":"a\nb","#
        + #""type":"exception"}"#)
    #expect(
      json(.reset(reason: "reboot")) == #"{"board":"pico",\#(place),"reason":"reboot",\#(tail),"#
        + #""type":"reset"}"#)
    #expect(
      json(.request(method: "GET", path: "/", status: 200, durationMicroseconds: 1234))
        == #"{"board":"pico","durationMicroseconds":1234,\#(place),"method":"GET","path":"/","#
        + #""status":200,\#(tail),"type":"request"}"#)
    #expect(
      json(.lost(count: 3), board: nil) == #"{"count":3,\#(place),\#(tail),"type":"lost"}"#)
  }

  @Test func controlCharactersAreEscaped() {
    let line = "\"\\\n\r\t\u{0}\u{1f}\u{7f}é\u{2028}😀/"
    #expect(
      json(.console(line: line)).contains(#""\"\\\n\r\t\u0000\u001f"# + "\u{7f}é\u{2028}😀/\""))
  }

  @Test func whatIsNoUTF8IsRepaired() {
    let text = json(.emit(name: "raw", data: [0x61, 0xFF, 0xC3, 0x28, 0xED, 0xA0, 0x80]))
    #expect(text.contains("\"data\":\"a\u{FFFD}\u{FFFD}("))
  }

  @Test func noTextBreaksTheFraming() {
    var random = SeededGenerator(seed: 2)
    for _ in 0..<2000 {
      let data = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      let text = String(decoding: data, as: UTF8.self)
      let event = Event(id: id(1), time: 0, board: text, kind: .emit(name: text, data: data))
      let message = event.serverSentEvent
      let ends = message.count { $0 == 0x0A }
      #expect(ends == 4)
      #expect(!message.contains { $0 < 0x20 && $0 != 0x0A })
      #expect(message.suffix(2).elementsEqual([0x0A, 0x0A]))
    }
  }

  @Test func theMessageIsMadeOnce() throws {
    let log = EventLog()
    let subscriptions = (0..<3).map { _ in log.subscribe() }
    log.appendLines(1)
    let places = subscriptions.map { subscription in
      subscription.take(upTo: 1).first?.serverSentEvent.withUnsafeBufferPointer {
        $0.baseAddress.map { Int(bitPattern: $0) }
      }
    }
    #expect(places[0] != nil)
    #expect(Set(places).count == 1)
  }

  @Test func theMessageHasTheIdentifierAndTheType() {
    let event = Event(id: id(9), time: 0, board: nil, kind: .reset(reason: "x"))
    let expected = """
      id: 0000000000c0ffee-9
      event: reset
      data: {"id":"0000000000c0ffee-9","reason":"x","time":"1970-01-01T00:00:00.000Z","type":"reset"}


      """
    #expect(String(decoding: event.serverSentEvent, as: UTF8.self) == expected)
  }

  @Test func itemsThatAreNoEventsHaveTextsToo() {
    func text(_ item: EventItem) -> String { String(decoding: item.serverSentEvent, as: UTF8.self) }
    #expect(
      text(.gap(.expired(lost: 3)))
        == "event: gap\ndata: {\"lost\":3,\"reason\":\"expired\",\"type\":\"gap\"}\n\n")
    #expect(
      text(.gap(.restarted)) == "event: gap\ndata: {\"reason\":\"restarted\",\"type\":\"gap\"}\n\n")
    #expect(text(.lost(5)) == "event: lost\ndata: {\"count\":5,\"type\":\"lost\"}\n\n")
    #expect(text(.heartbeat(at: id(4))) == ":\nid: 0000000000c0ffee-4\n\n")
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"),
      (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
      (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (Int64.max, "9999-12-31T23:59:59.999Z"),
      (Int64.min, "0000-01-01T00:00:00.000Z"),
    ] as [(Int64, String)])
  func timesAreInTheCalendar(time: Int64, text: String) {
    #expect(Timestamp.text(time) == text)
  }

  @Test func longTextsAreCutAndMarked() {
    let long = String(repeating: "é", count: 10_000)
    guard
      case .console(let line) = Event(
        id: id(1), time: 0, board: nil, kind: .console(line: "x" + long)
      ).kind
    else { return #expect(Bool(false)) }
    #expect(line.utf8.count <= 8192 && line.utf8.count > 8180)
    #expect(line.hasSuffix("é… (cut, 20001 bytes)"))
    #expect(!line.unicodeScalars.contains("\u{FFFD}"))

    guard
      case .exception(let traceback, _, let path) = Event(
        id: id(1), time: 0, board: nil,
        kind: .exception(traceback: long + "\nValueError: 1", method: nil, path: "/" + long)
      ).kind
    else { return #expect(Bool(false)) }
    #expect(traceback.hasPrefix("(cut, 20014 bytes) …é"))
    #expect(traceback.hasSuffix("é\nValueError: 1"))
    #expect((path?.utf8.count ?? 0) <= 1024)

    guard
      case .emit(_, let data) = Event(
        id: id(1), time: 0, board: nil,
        kind: .emit(name: "x", data: [UInt8](repeating: 0x80, count: 9000))
      ).kind
    else { return #expect(Bool(false)) }
    #expect(data.count <= 8192)
  }
}
