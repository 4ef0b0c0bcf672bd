import MonotonicTime
import RawREPL

/// A client and a model of a board, in a time that passes only when nothing else happens.
struct ModelLine {
  var repl: RawREPL
  var board: ModelBoard
  var now = Instant.now
  let start: Instant
  /// Bytes that the client gets at once.
  var chunk = Int.max
  /// What the board says of itself before its answers.
  var noise: [UInt8] = []
  /// All that the client sent, in bursts, and when.
  private(set) var sent: [(at: Duration, bytes: [UInt8])] = []

  init(_ board: ModelBoard, _ configuration: RawREPL.Configuration = .init(), chunk: Int = .max) {
    self.board = board
    self.chunk = chunk
    repl = RawREPL(configuration: configuration)
    start = now
  }

  var elapsed: Duration { now - start }
  var sentBytes: [UInt8] { sent.flatMap(\.bytes) }

  /// Lets bytes go to and fro, and time pass, until an operation is over.
  ///
  /// - Parameter limit: how long that may take.
  /// - Returns: what the client told, the end of the operation last.
  mutating func finish(limit: Duration = .seconds(60)) -> [RawREPL.Event] {
    var events: [RawREPL.Event] = []
    while true {
      while let event = repl.nextEvent() {
        events.append(event)
        switch event {
        case .entered, .finished, .left, .failed: return events
        case .started, .output: break
        }
      }
      if repl.hasOutput {
        exchange()
      } else if let next = repl.nextDeadline, next - start <= limit {
        now = max(now, next)
        repl.advance(now: now)
      } else {
        return events
      }
    }
  }

  /// Takes what the client has to send to the board, and the answer back.
  mutating func exchange() {
    let bytes = repl.takeOutput()
    sent.append((elapsed, bytes))
    hear(noise + board.receive(bytes))
  }

  mutating func hear(_ bytes: [UInt8]) {
    for piece in bytes.pieces(of: min(chunk, max(1, bytes.count))) {
      piece.withUnsafeBytes { repl.receive($0, now: now) }
    }
  }

  mutating func hear(_ text: String) { hear(Array(text.utf8)) }

  mutating func enter() -> [RawREPL.Event] {
    repl.enter(now: now)
    return finish()
  }

  mutating func execute(
    _ code: String, limit: Duration? = .seconds(10), isProgram: Bool = false
  ) -> [RawREPL.Event] {
    repl.execute(Array(code.utf8), limit: limit, isProgram: isProgram, now: now)
    return finish()
  }

  mutating func leave(softReset: Bool) -> [RawREPL.Event] {
    repl.leave(softReset: softReset, now: now)
    return finish()
  }
}

extension Array {
  func pieces(of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}

extension [RawREPL.Event] {
  /// All output, joined.
  var output: String {
    String(
      decoding: flatMap { event -> [UInt8] in
        if case .output(let bytes) = event { bytes } else { [] }
      }, as: UTF8.self)
  }

  /// The traceback that the code ended with; nil when it did not end.
  var traceback: String? {
    if case .finished(let error) = last { String(decoding: error, as: UTF8.self) } else { nil }
  }

  var error: RawREPLError? {
    if case .failed(let error) = last { error } else { nil }
  }
}
