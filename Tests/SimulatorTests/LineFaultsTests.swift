import Testing

@testable import Simulator

@Suite struct LineFaultsTests {
  /// The bytes that come out, cut into chunks of this size.
  private func pass(
    _ bytes: [UInt8], _ injector: FaultInjector, chunk: Int
  ) -> (bytes: [UInt8], corrupted: Int, dropped: Int) {
    var injector = injector
    var out: [UInt8] = []
    var corrupted = 0
    var dropped = 0
    var rest = bytes[...]
    while !rest.isEmpty {
      var part = Array(rest.prefix(chunk))
      rest = rest.dropFirst(chunk)
      let result = part.withUnsafeMutableBytes { injector.apply(to: $0) }
      out += part[..<result.count]
      corrupted += result.corrupted
      dropped += result.dropped
    }
    return (out, corrupted, dropped)
  }

  @Test func ratesAreKept() {
    let bytes = [UInt8](repeating: 0x55, count: 1_000_000)
    let injector = FaultInjector(
      LineFaults(corrupt: 0.01, drop: 0.002), seed: 7, sparesInterrupts: false)
    let result = pass(bytes, injector, chunk: 4096)
    // Five standard deviations: 500 of 10,000, and 225 of 2,000.
    #expect(abs(result.corrupted - 9980) < 500)
    #expect(abs(result.dropped - 2000) < 225)
    #expect(result.bytes.count == bytes.count - result.dropped)
    #expect(result.bytes.count { $0 != 0x55 } == result.corrupted)
  }

  @Test func faultsDependOnSeedAndPositionAlone() {
    let bytes = (0..<50_000).map { UInt8(truncatingIfNeeded: $0) }
    func run(_ seed: UInt64, _ chunk: Int) -> [UInt8] {
      let injector = FaultInjector(
        LineFaults(corrupt: 0.02, drop: 0.02), seed: seed, sparesInterrupts: true)
      return pass(bytes, injector, chunk: chunk).bytes
    }
    #expect(run(1, 1) == run(1, 4096))
    #expect(run(1, 63) == run(1, 50_000))
    #expect(run(1, 100) != run(2, 100))
  }

  @Test func damagedBytesDifferAndAreNoInterrupts() {
    let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
    let injector = FaultInjector(LineFaults(corrupt: 1), seed: 3, sparesInterrupts: true)
    let result = pass(bytes, injector, chunk: 1000)
    #expect(!zip(bytes, result.bytes).contains { $0 != 0x03 && $1 == 0x03 })
    #expect(result.corrupted == zip(bytes, result.bytes).count { $0 != $1 })
    // One in 255 would have become an interrupt, and is left as it was.
    #expect(abs(bytes.count - result.corrupted - 784) < 150)
  }

  @Test func extremesAreExact() {
    let bytes = [UInt8](repeating: 1, count: 1000)
    let lost = FaultInjector(LineFaults(drop: 1), seed: 0, sparesInterrupts: false)
    #expect(pass(bytes, lost, chunk: 9).bytes.isEmpty)
    let clean = FaultInjector(.none, seed: 0, sparesInterrupts: true)
    #expect(!clean.isActive)
    #expect(pass(bytes, clean, chunk: 9).bytes == bytes)
  }

  @Test func theGeneratorIsSplitMix64() {
    // The reference code's first numbers for the seed 1234567.
    var random = SplitMix64(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
    ]
    #expect(expected.map { _ in random.next() } == expected)
  }

  @Test func aRestartWaitsLongerEachTime() {
    var pause = RestartPause()
    let short = (0..<7).map { _ in pause.next(ranFor: .milliseconds(50)) }
    #expect(short == [200, 400, 800, 1600, 3200, 5000, 5000].map { .milliseconds($0) })
    #expect(pause.next(ranFor: .seconds(3)) == .milliseconds(200))
  }
}
