/// How far something has come, how fast it goes, and how long it still takes.
struct ProgressMeter {
  /// Bytes in all.
  private(set) var total: Int
  private(set) var done = 0
  /// How far it had come when, over the last seconds; the first is the oldest.
  private var samples: [(time: ContinuousClock.Instant, done: Int)]

  /// What the rate is measured over.
  private static let window: Duration = .seconds(5)
  /// Shorter than that, and the rate would jump.
  private static let shortest: Duration = .milliseconds(300)

  init(total: Int, at time: ContinuousClock.Instant) {
    self.total = max(0, total)
    samples = [(time, 0)]
  }

  mutating func set(done: Int, at time: ContinuousClock.Instant) {
    self.done = min(max(done, 0), total)
    // Few enough to look through, whatever comes how often.
    if samples.count > 1, time - samples[samples.count - 2].time < .milliseconds(100) {
      samples[samples.count - 1] = (time, self.done)
    } else {
      samples.append((time, self.done))
    }
    while samples.count > 2, time - samples[1].time >= Self.window { samples.removeFirst() }
  }

  /// Takes out bytes that need not be moved after all.
  mutating func skip(_ bytes: Int) { total = max(done, total - bytes) }

  /// Bytes a second of late; nil when it is too early to say.
  func rate(at time: ContinuousClock.Instant) -> Double? {
    guard let first = samples.first, time - first.time >= Self.shortest else { return nil }
    return Double(done - first.done) / ((time - first.time) / .seconds(1))
  }

  /// Seconds that it still takes; nil when that cannot be said.
  func secondsLeft(at time: ContinuousClock.Instant) -> Int? {
    guard let rate = rate(at: time), rate > 0 else { return nil }
    return Int((Double(total - done) / rate).rounded(.up))
  }

  /// Whole per cents that are done.
  var percent: Int { total == 0 ? 100 : Int(Double(done) / Double(total) * 100) }

  /// One line: a name, the bar, per cents, the rate, and the time left.
  ///
  /// - Parameters:
  ///   - name: of what goes on, printable.
  ///   - width: most columns.
  func line(_ name: String, width: Int, at time: ContinuousClock.Instant) -> String {
    // Each has its place, so that nothing moves while the numbers change.
    let share = "\(percent)%"
    let figures =
      String(repeating: " ", count: 4 - share.count) + share + "  "
      + (rate(at: time).map(ByteText.rate) ?? "").padded(to: 10) + "  "
      + (secondsLeft(at: time).map { Self.clock($0) + " left" } ?? "").padded(to: 9)
    let room = width - figures.count - 2
    guard room >= 10 else { return String(figures.prefix(max(0, width))) }
    // The bar has a fixed place as long as the name fits into its share.
    let column = min(max(room - 22, 8), max(20, room / 2))
    let shown = Self.shortened(name, to: column)
    let bar = room - column - 3
    guard bar >= 4 else { return shown.padded(to: column) + "  " + figures }
    let full = total == 0 ? bar : Int(Double(bar) * Double(done) / Double(total))
    return shown.padded(to: column) + " ["
      + String(repeating: "#", count: full) + String(repeating: ".", count: bar - full)
      + "]  " + figures
  }

  /// The end of a path says more than its beginning.
  private static func shortened(_ name: String, to width: Int) -> String {
    name.count <= width ? name : "…" + name.suffix(width - 1)
  }

  /// `0:05`, `12:34`, `1:02:03`.
  private static func clock(_ seconds: Int) -> String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (minutes, hours) = (seconds / 60, seconds / 3600)
    return hours == 0
      ? "\(minutes):\(two(seconds % 60))" : "\(hours):\(two(minutes % 60)):\(two(seconds % 60))"
  }
}
