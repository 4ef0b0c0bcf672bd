import Testing

@testable import Gateway

@Suite struct CodePointsTests {
  private static let texts: [[UInt8]] = [
    Array("plain".utf8), Array("ü€😀".utf8), Array("a😀".utf8.dropLast()), [0xE2, 0x82],
    [0xFF, 0xC3, 0xA4, 0xC3], [0xED, 0xA0, 0x80, 0x41], [0xF0, 0x9F, 0x98, 0x41, 0x80, 0x80],
    [0xC0, 0x80, 0xF5, 0x80, 0x80, 0x80], [0x80, 0x80, 0x80, 0x80],
  ]

  @Test(arguments: texts)
  func anyCut(bytes: [UInt8]) {
    let whole = String(decoding: bytes, as: UTF8.self)
    for first in 0...bytes.count {
      for second in first...bytes.count {
        var codePoints = CodePoints()
        let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]]
        let text = pieces.map { codePoints.append(Array($0)) }.joined() + codePoints.finish()
        #expect(text == whole, "cut at \(first) and \(second)")
      }
    }
  }

  @Test func nothingIsHeldBackThatIsWhole() {
    var codePoints = CodePoints()
    #expect(codePoints.append(Array("ü".utf8) + [0xF0, 0x9F]) == "ü")
    #expect(codePoints.append([0x98, 0x80]) == "😀")
    #expect(codePoints.append([0xC3, 0x41]) == "\u{FFFD}A")
    #expect(codePoints.finish() == "")
  }
}
