/// The number of a stream, 1 to 127.
public typealias StreamID = UInt8

extension HostLink {
  /// What the link takes from its surroundings.
  public struct Configuration: Sendable {
    /// Bytes that the line carries in a second; nil when that is not known, or very fast (USB).
    public var lineRate: Int?
    /// Whether a board is asked for by HELLO; else only once it has announced itself, so that
    /// nobody who types at its REPL is disturbed.
    public var asksFirst = true
    /// First wait for the answer to HELLO; each next one is twice as long.
    public var helloInterval: Duration = .milliseconds(50)
    /// Longest wait for the answer to HELLO.
    public var helloLimit: Duration = .seconds(1)
    /// How long an acknowledgement waits for a frame that carries it.
    public var acknowledgementDelay: Duration = .milliseconds(5)
    /// Least retransmission time.
    public var retransmissionFloor: Duration = .milliseconds(50)
    /// Most retransmission time.
    public var retransmissionLimit: Duration = .seconds(1)
    /// Longest wait between two PINGs, and between two NAKs for one number.
    public var pingLimit: Duration = .seconds(2)
    /// PING's interval on an idle link.
    public var idleInterval: Duration = .seconds(1)
    /// A board that may be at its REPL has so long to answer.
    public var doubtLimit: Duration = .milliseconds(500)
    /// An idle link without a byte for so long is lost.
    public var idleLimit: Duration = .seconds(5)
    /// A frame of which no byte came for so long is given up; a slow line has longer.
    public var stallLimit: Duration = .milliseconds(100)
    /// Bytes of DATA that the board may send on a new stream before the first CREDIT; the spec's.
    public var hostCredit: Int { Limits.hostCredit }

    public init(lineRate: Int? = nil) { self.lineRate = lineRate }
  }

  /// What the link tells its owner; ask ``nextEvent()`` until it is nil after every call.
  public enum Event: Sendable, Equatable {
    /// A session began; `rebooted` when the boot id is another than in the session before.
    case established(BoardIdentity, rebooted: Bool)
    /// The complete list of the board's routes, in the order of registration.
    case routes([Route])
    /// Bytes of the response in order; may be empty with `end`. After `end` the stream is over.
    case received(StreamID, [UInt8], end: Bool)
    /// The stream is over: the board cancelled it, or broke the protocol on it (code 6).
    case cancelled(StreamID, code: UInt8, text: String)
    /// The traceback of an exception in this stream's handler. The stream goes on, or is over
    /// already for the caller, who cancelled it.
    case handlerError(StreamID, traceback: String)
    /// The stream takes bytes again, after an `open` or `write` that did not take all.
    case writable(StreamID)
    /// The board emitted an event.
    case emitted(name: String, data: [UInt8])
    /// Text between the frames: `print()`, tracebacks, the REPL.
    case console([UInt8])
    /// The session is over and the link probes again; ``failed(_:_:)`` came for each open stream.
    case lost(Loss)
    /// The stream is over with its session.
    case failed(StreamID, Delivery)
    /// The board speaks another version; said once in a row, and the link goes on probing.
    case versionMismatch(UInt8)
    /// A WELCOME made no sense; said once in a row, and the link goes on probing.
    case badWelcome(WelcomeError)
  }

  /// Why a session ended.
  public enum Loss: Sendable, Equatable {
    /// Nothing came for the idle limit.
    case silent
    /// The board answered, again and again, and did nothing of what it owed.
    case stuck
    /// The board's program started anew.
    case rebooted
    /// The board showed a REPL's prompt, and did not answer.
    case prompt
    /// The board said BYE, with this text.
    case bye(String)
    /// The board's server started anew in the same program.
    case renewed
  }

  /// What became of a request whose session ended.
  public enum Delivery: Sendable, Equatable {
    /// No byte of REQUEST was put on the line.
    case notSent
    /// REQUEST was put on the line, and nothing came back on the stream.
    case mayHaveRun
    /// Response bytes or an ERROR came.
    case ran
  }

  /// Where the link stands.
  public enum State: Sendable, Equatable {
    /// Nothing is sent: before ``start(now:using:)`` and after ``bye(reason:now:)``. To `probing`.
    case idle
    /// HELLO is repeated until a board answers. To `established`, `idle`.
    case probing
    /// A session runs. To `probing` when it is lost, to `idle`.
    case established
  }
}
