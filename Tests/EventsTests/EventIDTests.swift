import Events
import Testing

@Suite struct EventIDTests {
  @Test(
    arguments: [(0, 1), (0xC0_FFEE, 42), (UInt64.max, UInt64.max), (1, 0)] as [(UInt64, UInt64)])
  func textComesBack(epoch: UInt64, counter: UInt64) {
    let id = EventID(epoch: epoch, counter: counter)
    #expect(EventID(id.description) == id)
    #expect(id.description.utf8.dropFirst(16).first == UInt8(ascii: "-"))
  }

  @Test func theFormIsFixed() {
    #expect(EventID(epoch: 0xC0_FFEE, counter: 42).description == "0000000000c0ffee-42")
    #expect(EventID("ffffffffffffffff-18446744073709551615")?.counter == .max)
  }

  @Test(arguments: [
    "", "-", "1", "0000000000c0ffee", "0000000000c0ffee-", "0000000000c0ffee-01",
    "0000000000c0ffee-00", "0000000000c0ffee--1", "0000000000c0ffee-+1", "0000000000c0ffee- 1",
    "0000000000c0ffee-1 ", " 0000000000c0ffee-1", "0000000000C0FFEE-1", "000000000c0ffee-1",
    "00000000000c0ffee-1", "0000000000c0ffeg-1", "0000000000c0ffee-18446744073709551616",
    "0000000000c0ffee-99999999999999999999999", "0000000000c0ffee-1\n", "0000000000c0ffee-1\0",
    "0000000000c0ffee-١", "0x00000000c0ffee-1", "0000000000c0ffee-1e3", "0000000000c0ffee-1-1",
    "0000000000c0ffee–1",
  ])
  func hostileTextIsNoIdentifier(text: String) {
    #expect(EventID(text) == nil)
  }

  @Test func aLongTextIsRefusedEarly() {
    #expect(EventID("0000000000c0ffee-" + String(repeating: "9", count: 1_000_000)) == nil)
  }

  @Test func damagedTextNeverTraps() {
    var random = SeededGenerator(seed: 1)
    let good = Array("0000000000c0ffee-1234".utf8)
    for _ in 0..<20_000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(
          in: 0...255, using: &random)
      }
      let text = String(decoding: bytes, as: UTF8.self)
      if let id = EventID(text) { #expect(id.description == text) }
    }
  }
}
