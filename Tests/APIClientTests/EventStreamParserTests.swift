import Testing

@testable import APIClient

@Suite struct EventStreamParserTests {
  private func message(_ data: String, type: String = "message") -> EventStreamParser.Item {
    .message(ServerSentEvent(type: type, data: data))
  }

  private static let stream = """
    \u{FEFF}: a greeting\nid: 00-0\n\nid: 00-1\nevent: state\ndata: {"a":1}\n\ndata:one\rdata: two\r\r\
    :\r\nid: 00-7\r\n\r\nretry: 5\nnonsense\ndata\n\nevent: empty\n\ndata: ü\n\n
    """

  private func check(_ items: [EventStreamParser.Item], _ parser: EventStreamParser) {
    #expect(
      items == [
        message(#"{"a":1}"#, type: "state"), message("one\ntwo"), message(""), message("ü"),
      ])
    #expect(parser.lastID == "00-7")
  }

  @Test func whole() {
    var parser = EventStreamParser()
    check(parser.parse(Self.stream.utf8), parser)
  }

  @Test(arguments: 1...9) func inPieces(size: Int) {
    var parser = EventStreamParser()
    var items: [EventStreamParser.Item] = []
    var rest = Array(Self.stream.utf8)[...]
    while !rest.isEmpty {
      items += parser.parse(rest.prefix(size))
      rest = rest.dropFirst(size)
    }
    check(items, parser)
  }

  @Test func anIdentifierWithoutDataMovesTheCursorOn() {
    var parser = EventStreamParser(lastID: "00-1")
    #expect(parser.parse("id: 00-2\n".utf8).isEmpty)
    #expect(parser.lastID == "00-1")
    #expect(parser.parse("\n".utf8).isEmpty)
    #expect(parser.lastID == "00-2")
  }

  @Test func aMessageThatIsCutOffIsNone() {
    var parser = EventStreamParser()
    #expect(parser.parse("id: 00-1\ndata: x\n".utf8).isEmpty)
    #expect(parser.lastID == nil)
  }

  @Test(arguments: ["data: 0123456789012345678901\n\n", "data: 01234567\ndata: 01234567\n\n"])
  func aMessageThatIsTooLongCostsItselfAlone(text: String) {
    var parser = EventStreamParser(limit: 20)
    #expect(parser.parse(text.utf8) == [.skipped])
    #expect(parser.parse("data: x\n\n".utf8) == [message("x")])
  }

  @Test func aLineWithoutEndIsBounded() {
    var parser = EventStreamParser(limit: 64)
    for _ in 0..<1000 {
      #expect(parser.parse(repeatElement(UInt8(ascii: "a"), count: 100)).isEmpty)
    }
    #expect(parser.parse("\n\ndata: x\n\n".utf8) == [.skipped, message("x")])
  }
}
