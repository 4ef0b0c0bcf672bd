/// The host's end of MicroPython's raw REPL, without I/O: bytes go in, bytes and events come out.
///
///     var repl = RawREPL()
///     repl.enter(now: now)                    // .entered
///     repl.execute(code, limit: .seconds(10), now: now)   // .started, .output…, .finished
///     repl.leave(now: now)                    // .left
///
/// One thing is under way at a time; ``Event/failed(_:)`` ends whatever it is.
public struct RawREPL: Sendable {
  public let configuration: Configuration
  public internal(set) var state: State = .idle

  public init(configuration: Configuration = Configuration()) {
    self.configuration = configuration
  }

  /// How a line and a board are talked to.
  public struct Configuration: Sendable {
    /// Bytes that the line carries in a second; nil for USB and ptys, which have no real rate.
    public var lineRate: Int?
    /// How long entering may take, from whatever the board is doing.
    public var enterLimit: Duration

    public init(lineRate: Int? = nil, enterLimit: Duration = .seconds(10)) {
      self.lineRate = lineRate
      self.enterLimit = enterLimit
    }
  }

  /// Where the board's REPL stands.
  public enum State: Sendable, Equatable {
    /// Not in the raw REPL.
    case idle
    case entering
    /// In the raw REPL, which waits for code.
    case ready
    /// Code is on its way.
    case sending
    case running
    case leaving
  }

  /// What there is to know.
  public enum Event: Sendable, Equatable {
    /// The raw REPL waits for code.
    ///
    /// - Parameter wasRunning: a program was interrupted on the way there.
    case entered(wasRunning: Bool)
    /// The board has taken all of the code, and runs it.
    case started
    /// The code has written.
    case output([UInt8])
    /// The code has ended; its traceback, empty when it raised nothing.
    case finished(error: [UInt8])
    /// The board is at its friendly REPL, or, after a soft reset, starts its program.
    case left
    /// What was under way did not come about. The state is `idle`.
    case failed(RawREPLError)
  }

  // MARK: Orders

  /// Brings the board into the raw REPL, whatever it does.
  public mutating func enter(now: ContinuousClock.Instant) {}

  /// Runs code; in state `ready`.
  ///
  /// - Parameter limit: how long the board may take to accept the code and run it to its end.
  public mutating func execute(
    _ code: [UInt8], limit: Duration?, now: ContinuousClock.Instant
  ) {}

  /// Sends bytes to the code that runs, as they are.
  public mutating func write(_ bytes: [UInt8], now: ContinuousClock.Instant) {}

  /// Interrupts the code that runs, by 03.
  public mutating func interrupt(now: ContinuousClock.Instant) {}

  /// Leaves the raw REPL; in state `ready`.
  ///
  /// - Parameter softReset: with the interpreter started anew, and so with main.py.
  public mutating func leave(softReset: Bool, now: ContinuousClock.Instant) {}

  /// Forgets everything: the line is gone.
  public mutating func abandon() {}

  // MARK: The line

  public mutating func receive(_ bytes: UnsafeRawBufferPointer, now: ContinuousClock.Instant) {}

  /// Does what is due by now.
  public mutating func advance(now: ContinuousClock.Instant) {}

  /// When ``advance(now:)`` has something to do; nil when only bytes can change anything.
  public var nextDeadline: ContinuousClock.Instant? { nil }

  public var hasOutput: Bool { false }

  /// Hands out the bytes for the line; they are the owner's to write, in order and all of them.
  public mutating func takeOutput() -> [UInt8] { [] }

  public mutating func nextEvent() -> Event? { nil }

  /// Bytes that the board's input takes at once: the window that raw-paste mode announced; 32
  /// where the firmware has no such mode; nil before anything was executed.
  public var inputWindow: Int? { nil }
}
