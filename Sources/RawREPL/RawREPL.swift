import MonotonicTime

/// The host's end of MicroPython's raw REPL, without I/O: bytes go in, bytes and events come out.
///
///     var repl = RawREPL()
///     repl.enter(now: now)                                // .entered
///     repl.execute(code, limit: .seconds(10), now: now)   // .started, .output…, .finished
///     repl.leave(softReset: false, now: now)              // .left
///
/// One thing is under way at a time. After each call the owner writes ``takeOutput()`` to the line,
/// asks ``nextEvent()`` until that is nil, and calls ``advance(now:)`` at ``nextDeadline``. Nothing
/// that a board says is waited for without end, or kept without bound.
///
///     idle ── enter ──► entering ──► ready ── execute ──► sending ──► running ──► ready
///      ▲                                └──── leave ────► leaving ──┐
///      └──────────────── failed, abandon ───────────────────────────┘
public struct RawREPL: Sendable {
  public let configuration: Configuration

  // What is under way.
  var phase = Phase.idle
  /// When the present step is over, or has failed.
  var stepEnds: Instant?
  /// When entering, or the code that runs, has had its time.
  var limitEnds: Instant?
  /// What the present step has heard; marks are looked for at its end.
  var heard = Tail(limit: 256)
  /// What the board said last, for messages.
  var lastWords = Tail(limit: 200)

  // Entering.
  var attempt = 0
  var interruptsLeft = 0
  var interruptGap: Duration = .zero
  var nonce: [UInt8] = []
  var evidence = Evidence()

  // Sending and running.
  var dialect = Dialect.unknown
  var code: [UInt8] = []
  var isProgram = false
  var sentCount = 0
  /// Bytes of code that the board takes at the moment.
  var credit = 0
  var timing = Timing()
  var traceback = Tail(limit: 16_384)

  // Leaving.
  var softReset = false
  var unread = Tail(limit: 4096)

  // What goes out.
  var output: [UInt8] = []
  var events: [Event] = []
  var eventHead = 0

  public init(configuration: Configuration = Configuration()) {
    self.configuration = configuration
  }

  public var state: State { phase.state }

  /// Forgets everything: the line is gone.
  public mutating func abandon() {
    self = RawREPL(configuration: configuration)
  }

  public var hasOutput: Bool { !output.isEmpty }

  /// Hands out the bytes for the line; they are the owner's to write, in order and all of them.
  public mutating func takeOutput() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &output)
    return taken
  }

  /// The next thing to know; nil when there is nothing new.
  public mutating func nextEvent() -> Event? {
    guard eventHead < events.count else { return nil }
    let event = events[eventHead]
    eventHead += 1
    if eventHead == events.count {
      events.removeAll(keepingCapacity: true)
      eventHead = 0
    }
    return event
  }

  /// Hands out the last 4 KB that came while the state was `idle`, and what a soft reset said: behind
  /// ``Event/left`` it is not the REPL that speaks, but the board's program.
  public mutating func takeUnread() -> [UInt8] { unread.take() }

  /// Bytes that the board's input takes at once: the window that raw-paste mode announced; 32
  /// where the firmware has no such mode; nil before anything was executed.
  public var inputWindow: Int? {
    switch dialect {
    case .unknown: nil
    case .rawPaste(let window): window
    case .plain: Self.pieceSize
    }
  }
}
