public import MonotonicTime

/// The host's end of the link to one board: bytes and times go in, bytes and events come out.
///
/// The owner calls ``start(now:using:)`` once, ``receive(_:now:)`` with what the line brings, and
/// ``advance(now:)`` when ``nextDeadline`` is reached. After each call it writes ``takeOutput()`` to
/// the line and asks ``nextEvent()`` until that is nil, before it makes the next call: a stream's
/// number may be used anew once its last event is there. No call fails on anything a board says,
/// and none keeps more than the board's window, two frames a stream, and what came out of order.
///
///     idle ── start ──► probing ── WELCOME ──► established
///      ▲                 ▲    │                 │    │
///      └────── bye ──────│────┴─────────────────┘    │
///                        └────── lost ───────────────┘
public struct HostLink: ~Copyable, Sendable {
  /// A change holds from the next session on.
  public var configuration: Configuration
  public internal(set) var state: State = .idle
  /// The board, while `established`.
  public internal(set) var identity: BoardIdentity?
  public internal(set) var statistics = LinkStatistics()

  // The handshake.
  var random = SplitMix64(state: 0)
  var nonce: [UInt8] = []
  var helloWait: Duration = .zero
  var helloAt: Instant?
  var helloSentAt: Instant?
  /// When HELLO was last sent to begin a session.
  var helloedAt: Instant?
  var lastBootID: String?
  var saidWelcomeError: WelcomeError?

  // What goes to the board.
  var key = SessionKey.none
  var check = CheckKind.crc32
  var output: [UInt8] = []
  /// Frames under way, by number.
  var underWay: [UnderWay?] = Array(repeating: nil, count: 128)
  /// The oldest number that is not acknowledged.
  var oldest: UInt8 = 0
  /// The number of the next sequenced frame.
  var upcoming: UInt8 = 0
  var bytesUnderWay = 0
  /// The most bytes that the board can still wait for, should it have a part of a frame.
  var mostMissing = 0
  /// Filler was sent, and the board has not answered since.
  var hasFilled = false
  /// Answers of the board in a row that show that it owes what it owed before.
  var vainAnswers = 0
  var windowLimit = 0
  /// The most bytes of a body, each `03` and `10` counted twice.
  var bodyLimit = 0
  var queue = StreamQueue()

  // What comes from the board.
  var decoder = FrameDecoder()
  var events: [Event] = []
  var eventHead = 0
  /// The number that is expected next.
  var expected: UInt8 = 0
  /// The board is known to have sent all numbers ahead of this one.
  var announced: UInt8 = 0
  /// Numbers ahead of this one that miss have been asked for.
  var asked: UInt8 = 0
  var early: [Frame?] = Array(repeating: nil, count: 128)
  /// Sequenced frames that came since the last acknowledgement.
  var acknowledgementsOwed = 0
  var acknowledgesNow = false
  var routes: [UInt8] = []
  /// When a damaged frame was last answered with NAK.
  var damageAskedAt: Instant?
  var damageAsked: UInt8 = 0

  // Streams, by number; 0 is not used.
  var streams: [HostStream] = Array(repeating: HostStream(), count: 128)
  var inUseCount = 0
  /// Streams that the caller has.
  var openCount = 0
  /// Streams on which the board has not ended.
  var waitingCount = 0

  // Time.
  var retransmissionTime: Duration
  /// When a frame of the session came last; nil before the first.
  public internal(set) var heardAt: Instant?
  /// When a frame of the session came last, or a stream was still open.
  var lastFrameAt: Instant?
  var quietSince: Instant?
  var stuckSince: Instant?
  var pingStep = 0
  var pingSentAt: Instant?
  var pingAt: Instant?
  var lostAt: Instant?
  /// When the console showed what may be a prompt; nil when a frame came since.
  var doubtedAt: Instant?
  var acknowledgeAt: Instant?
  var askAgainAt: Instant?
  var askStep = 0
  var stallAt: Instant?

  public init(configuration: Configuration = Configuration()) {
    self.configuration = configuration
    retransmissionTime = configuration.retransmissionFloor
  }

  /// When ``advance(now:)`` has something to do; nil when only bytes can change anything.
  public var nextDeadline: Instant? {
    var earliest = helloAt
    earliest.lower(to: pingAt)
    earliest.lower(to: lostAt)
    earliest.lower(to: acknowledgeAt)
    earliest.lower(to: askAgainAt)
    earliest.lower(to: stallAt)
    return earliest
  }

  /// Whether there are bytes for the line.
  public var hasOutput: Bool { !output.isEmpty }

  /// Bytes that are to go out ahead of all that is said from now on.
  public var outputCount: Int { output.count }

  /// Hands out the bytes for the line; they are the owner's to write, in order and all of them.
  public mutating func takeOutput() -> [UInt8] {
    statistics.bytesSent += UInt64(output.count)
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
      events.removeAll(keepingCapacity: events.count <= 256)
      eventHead = 0
    }
    return event
  }

  /// Streams that can be opened at the moment.
  public var freeStreams: Int {
    guard let identity else { return 0 }
    return identity.streams - inUseCount
  }
}

extension HostLink {
  /// Streams whose numbers are taken.
  public var streamsInUse: Int { inUseCount }
}

/// Numbers for nonces, begun from the caller's generator.
struct SplitMix64: RandomNumberGenerator, Sendable {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
