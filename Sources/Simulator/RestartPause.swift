/// How long to wait before an app that ended is started again.
struct RestartPause {
  private static let first = Duration.milliseconds(200)
  private static let longest = Duration.seconds(5)
  /// An app that ran this long is taken to have worked.
  private static let works = Duration.seconds(2)

  private var pause = Self.first

  /// The pause after a run of this length: 200 ms, twice as long after each short run, to 5 s.
  mutating func next(ranFor time: Duration) -> Duration {
    if time >= Self.works { pause = Self.first }
    defer { pause = min(pause * 2, Self.longest) }
    return pause
  }
}
