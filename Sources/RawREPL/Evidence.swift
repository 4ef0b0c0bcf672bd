/// Whether something was running when a board was interrupted, by what it said then.
struct Evidence: Sendable {
  private var heard = Tail(limit: 1024)
  /// There was a traceback, or something as telling.
  private var sawTraceback = false
  /// What came before the first prompt says that something ran; nil before there was a prompt.
  private var ranBeforePrompt: Bool?

  private static let interrupted = Array("KeyboardInterrupt".utf8)
  /// A paste that was interrupted, not a program.
  private static let pasteInterrupted: [UInt8] = [0x04, 0x04] + interrupted
  /// How a line begins on which the REPL was typed to; the last two when it moves the cursor.
  private static let beginnings = [">>> ", "... ", "=== ", "\u{08}", "\u{1B}["].map {
    Array($0.utf8)
  }

  var wasRunning: Bool { sawTraceback || ranBeforePrompt ?? true }

  /// The interpreter is started anew, and with it what had filled the heap.
  mutating func sawFullHeap() { sawTraceback = true }

  mutating func append(_ byte: UInt8) {
    if byte != 0x0D { heard.append(byte) }
    if heard.ends(with: Self.interrupted), !heard.ends(with: Self.pasteInterrupted) {
      sawTraceback = true
    }
  }

  /// The friendly prompt: a REPL that was waiting answers with a new line and the prompt alone.
  mutating func sawFriendlyPrompt() {
    judge(from: RawREPL.Mark.friendlyPrompt.count) { before in
      guard before.last == 0x0A else { return true }
      let lines = before.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
      guard let line = lines.last, before.count > 1 else { return false }
      return !Self.beginnings.contains { line.starts(with: $0) }
    }
  }

  /// The raw REPL's prompt at the end of code: only a paste that was half done is no program.
  mutating func sawEnd() {
    let isPaste = heard.contains(Self.pasteInterrupted)
    judge(from: 0) { _ in !isPaste }
  }

  /// The raw REPL's banner: a REPL that was waiting says nothing before it.
  mutating func sawBanner() {
    judge(from: RawREPL.Mark.banner.count) { before in before.contains { $0 != 0x0A } }
  }

  /// - Parameter count: bytes of the prompt itself.
  private mutating func judge(from count: Int, _ rule: (ArraySlice<UInt8>) -> Bool) {
    if ranBeforePrompt == nil { ranBeforePrompt = rule(heard.content.dropLast(count)) }
  }
}
