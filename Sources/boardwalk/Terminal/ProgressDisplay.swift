/// Shows how files are moved: a bar on a terminal, a line a file elsewhere, or nothing.
///
/// One task has it.
struct ProgressDisplay {
  private let output: Output
  private let isQuiet: Bool
  private var meter: ProgressMeter
  private var name = ""
  /// Bytes of the files before this one.
  private var before = 0
  private var size = 0
  private var isDrawn = false
  private var nextDrawing = ContinuousClock.now

  private static let pause: Duration = .milliseconds(100)

  /// - Parameters:
  ///   - total: bytes of all files.
  ///   - isQuiet: whether nothing is wanted.
  init(total: Int, isQuiet: Bool, output: Output = .standard) {
    self.output = output
    self.isQuiet = isQuiet
    meter = ProgressMeter(total: total, at: .now)
  }

  /// Bytes that were moved so far.
  var done: Int { meter.done }

  /// A file begins.
  mutating func begin(_ name: String, size: Int) async throws {
    self.name = Printable.text(name)
    self.size = size
    before = meter.done
    try await advance(to: 0)
  }

  /// So many bytes of the file are there.
  mutating func advance(to bytes: Int) async throws {
    meter.set(done: before + bytes, at: .now)
    guard !isQuiet, output.isTerminal, bytes == 0 || ContinuousClock.now >= nextDrawing else {
      return
    }
    // The last column stays free: some terminals begin a new line there.
    let line = meter.line(name, width: (output.width ?? 80) - 1, at: .now)
    try await output.send(Array("\r\(line)\u{1B}[K".utf8))
    isDrawn = true
    nextDrawing = .now + Self.pause
  }

  /// The file is there, with as many bytes as it has in the end.
  mutating func end(size: Int) async throws {
    try await advance(to: self.size)
    try await say("\(name)  \(ByteText.count(size))")
  }

  /// The file was there already.
  mutating func skip() {
    meter.set(done: before, at: .now)
    meter.skip(size)
  }

  /// Says something that is not for a terminal, where the bar says it.
  private func say(_ line: String) async throws {
    guard !isQuiet, !output.isTerminal else { return }
    try await output.send(Array((line + "\n").utf8))
  }

  /// Takes the bar away.
  mutating func erase() async throws {
    guard isDrawn else { return }
    isDrawn = false
    try await output.send(Array("\r\u{1B}[K".utf8))
  }
}
