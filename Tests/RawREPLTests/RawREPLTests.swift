import RawREPL
import Testing

@Suite struct RawREPLTests {
  @Test func beginsIdle() {
    #expect(RawREPL().state == .idle)
  }
}
