import Testing

@testable import Gateway

@Suite struct ChunkedBodyTests {
  private static let bodies = [
    "0\r\n\r\n", "4\r\nbody\r\n0\r\n\r\n", "2\r\nbo\r\n02\r\ndy\r\n000\r\n\r\n", "4\nbody\n0\n\n",
    "4;a=\"b\"\r\nbody\r\n0;x\r\nTrailer: 1\r\nOther: 2\r\n\r\n",
    "1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\nbehind the end",
    "A\r\n\r\n0\r\n\r\n0\r\n\r\n0\r\n\r\n",
  ]

  private static func content(of body: String) -> String {
    switch body {
    case "0\r\n\r\n": ""
    case let body where body.hasPrefix("1a"): "abcdefghijklmnopqrstuvwxyz"
    case let body where body.hasPrefix("A"): "\r\n0\r\n\r\n0\r\n"
    default: "body"
    }
  }

  @Test(arguments: bodies)
  func anyCut(body: String) throws {
    let bytes = Array(body.utf8)
    for first in 0...bytes.count {
      for second in first...bytes.count {
        var chunks = ChunkedBody()
        var content: [UInt8] = []
        for piece in [bytes[..<first], bytes[first..<second], bytes[second...]] {
          content += try chunks.decode(piece)
        }
        #expect(String(decoding: content, as: UTF8.self) == Self.content(of: body))
        #expect(chunks.isComplete)
      }
    }
  }

  @Test(arguments: ["4\r\nbody\r\n0\r\n\r", "4\r\nbody\r\n0\r\n", "4\r\nbod", "4\r\n", "4", ""])
  func whatIsMissingIsNoEnd(body: String) throws {
    var chunks = ChunkedBody()
    _ = try chunks.decode(Array(body.utf8)[...])
    #expect(!chunks.isComplete)
  }

  @Test(arguments: ["body", "\r\n", "4\r\nbodyx", "4x\r\nbody", "123456789\r\n", "-1\r\n"])
  func whatIsCutOtherwise(body: String) {
    var chunks = ChunkedBody()
    #expect(throws: ChunkedBody.Malformed.self) { try chunks.decode(Array(body.utf8)[...]) }
  }
}
