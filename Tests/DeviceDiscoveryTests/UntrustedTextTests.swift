import Testing

@testable import DeviceDiscovery

@Suite struct UntrustedTextTests {
  @Test(arguments: [
    ("MicroPython", "MicroPython"),
    ("  Board in FS mode \n", "Board in FS mode"),
    ("\u{1B}[31mred\u{1B}[0m\u{7}", "[31mred[0m"),
    ("a\u{0}b\u{85}c\u{9F}d\u{7F}", "abcd"),
    ("one\ntwo\r\u{2028}three\u{2029}", "onetwothree"),
    ("left\u{202E}right\u{2066}\u{200B}\u{FEFF}", "leftright"),
    ("Плата ☕️ 板", "Плата ☕️ 板"),
  ])
  func wordsLoseWhatMovesTheCursor(given: String, kept: String) {
    #expect(UntrustedText.words(Array(given.utf8)) == kept)
  }

  @Test(arguments: ["", " ", "\n", "\u{1B}", "\u{200B} \u{202E}"])
  func wordsOfNothingAreNone(given: String) {
    #expect(UntrustedText.words(Array(given.utf8)) == nil)
  }

  @Test func wordsAreRepairedAndBounded() {
    #expect(UntrustedText.words([0x61, 0xFF, 0xC3, 0x62]) == "a\u{FFFD}\u{FFFD}b")
    #expect(UntrustedText.words(nil) == nil)
    let long = UntrustedText.words([UInt8](repeating: 0x61, count: 1_000_000))
    #expect(long?.count == UntrustedText.wordLimit)
    // One letter with a great many accents is one Character.
    let stacked = UntrustedText.words(Array(("a" + String(repeating: "\u{301}", count: 2000)).utf8))
    #expect(stacked?.unicodeScalars.count == UntrustedText.wordLimit)
  }

  /// Any bytes give a text that holds to its promises, and cleaning it again changes nothing.
  @Test func wordsOfAnyBytesAreClean() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0..<64, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      guard let words = UntrustedText.words(bytes) else { continue }
      #expect(!words.isEmpty && words.unicodeScalars.count <= UntrustedText.wordLimit)
      #expect(words.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
      #expect(UntrustedText.words(Array(words.utf8)) == words)
    }
  }

  @Test func namesAreTakenAsTheyAreOrNotAtAll() {
    #expect(UntrustedText.name(Array("cdc_acm".utf8)) == "cdc_acm")
    for bad in ["", "a b", "a\n", "\u{1B}x", String(repeating: "a", count: 256)] {
      #expect(UntrustedText.name(Array(bad.utf8)) == nil)
    }
    #expect(UntrustedText.name([0x61, 0xFF]) == nil)
    #expect(UntrustedText.name(nil) == nil)
  }

  @Test func pathsStayBelowTheirRoot() {
    #expect(UntrustedText.path(Array("/dev/ttyACM0".utf8), below: "/dev") == "/dev/ttyACM0")
    for bad in [
      "/dev", "/dev/", "/device", "dev/tty", "/dev/../etc/passwd", "/dev/./x", "/dev//x", "/dev/x/",
      "/etc/passwd", "/dev/a b", "/dev/a\u{0}b", "/dev/" + String(repeating: "a", count: 5000),
    ] {
      #expect(UntrustedText.path(Array(bad.utf8), below: "/dev") == nil, "\(bad.prefix(40))")
    }
  }

  @Test func numbersAreReadStrictly() {
    #expect(UntrustedText.hexadecimal(Array("2e8A".utf8), digits: 4) == 0x2E8A)
    #expect(UntrustedText.hexadecimal(Array("ffff".utf8), digits: 4) == 0xFFFF)
    #expect(UntrustedText.hexadecimal(Array("0f".utf8), digits: 2) == 15)
    for bad in ["", "2e8", "2e8a0", "0x2e", "+e8a", "-e8a", " e8a", "2e8g", "２e8a"] {
      #expect(UntrustedText.hexadecimal(Array(bad.utf8), digits: 4) == nil, "\(bad)")
    }
    #expect(UntrustedText.decimal(Array("0".utf8)) == 0)
    #expect(UntrustedText.decimal(Array("999999999999999999".utf8)) == 999_999_999_999_999_999)
    for bad in ["", "1234567890123456789", "-1", "+1", "1 ", "0x1", "one"] {
      #expect(UntrustedText.decimal(Array(bad.utf8)) == nil, "\(bad)")
    }
  }

  @Test(arguments: [
    (#"Board\x20in\x20FS\x20mode"#, "Board in FS mode"), (#"\x2"#, #"\x2"#), (#"\xzz\"#, #"\xzz\"#),
    (#"a\x5cx20"#, #"a\x20"#), ("", ""),
  ])
  func udevsEscapesAreUndoneOnce(given: String, plain: String) {
    #expect(UntrustedText.unescaped(Array(given.utf8)) == Array(plain.utf8))
  }
}
