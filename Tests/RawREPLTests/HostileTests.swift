import MonotonicTime
import RawREPL
import Testing

/// A board that says anything at all.
@Suite struct HostileTests {
  private static let phrases: [[UInt8]] = [
    Array(ModelBoard.banner.utf8), Array(">>> ".utf8), Array("OK".utf8), [0x04], [0x04, 0x3E],
    [0x01], [0x52, 0x01], [0x52, 0x00, 0x3E], [0xFF, 0xFF], [0x00, 0x00], Array("\r\n".utf8),
    Array("KeyboardInterrupt".utf8), Array("soft reboot".utf8), [0x1E, 0x98], [0x1B],
  ]

  @Test(arguments: 0..<200) func everythingEnds(seed: Int) {
    var chance = SystemRandomNumberGenerator()
    let start = Instant.now
    var now = start
    var repl = RawREPL(configuration: .init(lineRate: seed.isMultiple(of: 2) ? nil : 11_520))
    var sent = 0
    for _ in 0..<400 {
      switch Int.random(in: 0..<12, using: &chance) {
      case 0: repl.enter(now: now)
      case 1:
        let code = [UInt8](repeating: 0x61, count: Int.random(in: 0...500, using: &chance))
        repl.execute(code, limit: .seconds(3), isProgram: .random(), now: now)
      case 2: repl.interrupt(now: now)
      case 3: repl.leave(softReset: .random(), now: now)
      case 4:
        if let next = repl.nextDeadline { now = max(now, next) }
        repl.advance(now: now)
      default:
        let bytes = (0..<Int.random(in: 1...4, using: &chance)).flatMap { _ in
          Self.phrases.randomElement(using: &chance) ?? []
        }
        bytes.withUnsafeBytes { repl.receive($0, now: now) }
      }
      while repl.nextEvent() != nil {}
      sent += repl.takeOutput().count
    }
    #expect(sent < 400 * 1000)
    // Left alone, whatever is under way comes to its end.
    let alone = now
    while let next = repl.nextDeadline {
      now = max(now, next)
      repl.advance(now: now)
      _ = repl.takeOutput()
      guard now - alone < .seconds(20) else { break }
    }
    #expect(now - alone < .seconds(20))
    #expect(repl.state == .idle || repl.state == .ready)
  }

  @Test func aFloodIsPassedOnInPieces() {
    var line = ExecutingTests.entered(hasRawPaste: true)
    line.repl.execute(Array("hang".utf8), limit: .seconds(1), now: line.now)
    while line.repl.hasOutput { line.exchange() }
    let flood = [UInt8](repeating: 0x41, count: 8192)
    for _ in 0..<100 {
      line.now = line.now.advanced(by: .milliseconds(5))
      line.hear(flood)
      line.repl.advance(now: line.now)
      while line.repl.nextEvent() != nil {}
    }
    #expect(line.finish().error?.code == .timedOut)
  }
}
