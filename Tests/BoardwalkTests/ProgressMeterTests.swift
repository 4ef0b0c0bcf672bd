import Testing

@testable import boardwalk

@Suite struct ProgressMeterTests {
  private let start = ContinuousClock.now

  private func meter(total: Int, _ steps: (seconds: Double, done: Int)...) -> ProgressMeter {
    var meter = ProgressMeter(total: total, at: start)
    for step in steps { meter.set(done: step.done, at: start + .seconds(step.seconds)) }
    return meter
  }

  @Test func rateAndTimeLeft() {
    let meter = meter(total: 100_000, (1, 10_000), (2, 20_000))
    let now = start + .seconds(2)
    #expect(meter.rate(at: now) == 10_000)
    #expect(meter.secondsLeft(at: now) == 8)
    #expect(meter.percent == 20)
  }

  @Test func theRateIsThatOfLate() {
    var meter = ProgressMeter(total: 1_000_000, at: start)
    for second in 1...20 { meter.set(done: second * 1000, at: start + .seconds(second)) }
    for second in 21...30 {
      meter.set(done: 20_000 + (second - 20) * 5000, at: start + .seconds(second))
    }
    let rate = meter.rate(at: start + .seconds(30)) ?? 0
    #expect((4900...5100).contains(rate))
  }

  @Test func stillnessCounts() {
    let meter = meter(total: 100_000, (1, 10_000))
    #expect(meter.rate(at: start + .seconds(10)) == 1000)
  }

  @Test func tooEarlyToSay() {
    let meter = meter(total: 100, (0.1, 50))
    #expect(meter.rate(at: start + .seconds(0.1)) == nil)
    let line = meter.line("x", width: 60, at: start + .seconds(0.1))
    #expect(line.contains(" 50%") && !line.contains("B/s") && !line.contains("left"))
  }

  @Test func nothingToDo() {
    let meter = meter(total: 0)
    #expect(meter.percent == 100)
    #expect(meter.line("x", width: 60, at: start).contains("100%"))
  }

  @Test func moreThanThereIs() {
    let meter = meter(total: 10, (1, 25))
    #expect(meter.percent == 100)
    #expect(meter.secondsLeft(at: start + .seconds(1)) == 0)
  }

  @Test func whatNeedNotBeMoved() {
    var meter = meter(total: 100, (1, 25))
    meter.skip(50)
    #expect(meter.percent == 50)
    meter.skip(1000)
    #expect(meter.percent == 100)
  }

  @Test func aLine() {
    let meter = meter(total: 100_000, (2, 50_000))
    #expect(
      meter.line("lib/app.py", width: 79, at: start + .seconds(2))
        == "lib/app.py                [###########...........]   50%  25.0 kB/s   0:02 left")
  }

  @Test(arguments: 1...120) func noLineIsWiderThanItMay(width: Int) {
    let meter = meter(total: 10_000_000, (1, 1000))
    let name = String(repeating: "long/", count: 30) + "name.py"
    #expect(meter.line(name, width: width, at: start + .seconds(1)).count <= width)
  }

  @Test(arguments: [
    (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1,000 bytes"),
    (12_345_678, "12,345,678 bytes"), (-1234, "-1,234 bytes"),
  ])
  func counts(bytes: Int, text: String) { #expect(ByteText.count(bytes) == text) }

  @Test(arguments: [
    (0, "0 B/s"), (950, "950 B/s"), (11_520, "11.5 kB/s"), (2_000_000, "2.0 MB/s"),
  ])
  func rates(rate: Double, text: String) { #expect(ByteText.rate(rate) == text) }
}
