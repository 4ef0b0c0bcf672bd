import DeviceDiscovery
public import Events
import LinkProtocol
public import Logging
import MonotonicTime
public import NIOCore
import RawREPL

/// A board by its name: its port, its link, and the requests on it.
///
/// All of it runs on one event loop, the line's own, so that a request passes from HTTP to the line
/// and back without a change of thread.
public actor Board {
  public nonisolated let name: String
  /// What errors of managing call it.
  public nonisolated let title: String
  /// The path that the user gave; nil for a board that gets its port from a claimed device.
  public nonisolated let path: String?
  nonisolated let eventLoop: any EventLoop
  let log: EventLog
  let logger: Logger

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    eventLoop.executor.asUnownedSerialExecutor()
  }

  public internal(set) var state: BoardState = .absent
  var options: BoardOptions
  var routes: [Route] = []
  var console = ConsoleLines()
  var tracebacks = Tracebacks()
  var consoleRestAt: Instant?

  // The port.
  /// The claimed device that is there.
  var device: Device?
  /// What is wrong with the claim's devices.
  var conflict: String?
  /// Counts the times that the port came.
  var generation: UInt64 = 0
  /// The port has come, and `attached` was logged for it.
  var isAttached = false
  /// The port that was open last.
  var portMark: PortMark?
  /// Until when the port is let go.
  var heldUntil: Instant?
  var sleeper: CheckedContinuation<Void, Never>?
  var isWoken = false
  /// The wait for what is to be at the board's path.
  var pathSearch: Task<Void, any Error>?

  // The line, while the port is open.
  var channel: (any Channel)?
  var openPort: OpenPort?
  var link: HostLink
  /// The raw REPL, while the line belongs to it.
  var repl: RawREPL?
  var managed = ManagedLine()
  /// Those who follow the console, by number.
  var taps: [UInt64: AsyncStream<[UInt8]>.Continuation] = [:]
  var silentAt: Instant?
  var timer: Scheduled<Void>?
  var timerAt: Instant?
  var flushIsDue = false
  /// The console's last line is a prompt.
  var isAtPrompt = false
  /// Steps towards a board that does not answer a request past its deadline.
  var ladder: Ladder?
  /// When a handler was interrupted last.
  var interruptedAt: Instant?
  /// When to look for handlers that hang though their clients have gone.
  var leftAt: Instant?
  /// What requests are told that are under way when the line closes.
  var closing: ExchangeError.Cause = .unplugged

  // Requests. Places are used again; serial numbers tell their owners apart.
  var exchanges: [ExchangeState?] = []
  var freePlaces: [Int] = []
  var byStream: [Int?] = Array(repeating: nil, count: 128)
  var nextSerial: UInt64 = 0
  /// Places of requests that wait for a free stream, in order.
  var queue: [Int] = []
  /// The earliest instant at which a request may have to be ended, or a reader told to go on.
  var attentionAt: Instant?
  /// Exchanges whose session ended, until the link says why.
  var interrupted: [(ExchangeState, HostLink.Delivery)] = []
  /// Requests that wait for the board to serve, by number.
  var patient: [UInt64: (turn: CheckedContinuation<Void, Never>, orEnd: Bool)] = [:]

  /// - Parameter path: where the port is; nil for a board that is assigned devices.
  public init(
    name: String, path: String?, options: BoardOptions, log: EventLog, eventLoop: any EventLoop,
    logger: Logger
  ) {
    self.name = name
    title = options.title ?? name
    self.path = path
    self.options = options
    self.log = log
    self.eventLoop = eventLoop
    var logger = logger
    logger[metadataKey: "board"] = "\(name)"
    self.logger = logger
    link = HostLink(configuration: HostLink.Configuration(lineRate: options.lineRate))
  }

  /// What can be known of the board now.
  public var status: BoardStatus {
    var statistics = link.statistics
    statistics.bytesSent += managed.bytesSent
    statistics.bytesReceived += managed.bytesReceived
    return BoardStatus(
      name: name, state: state, port: port, device: device, generation: generation,
      identity: link.identity, routes: routes, link: statistics, deadline: options.deadline,
      running: byStream.count { $0 != nil }, waiting: queue.count + patient.count)
  }

  /// Where the port is or may come.
  var port: String? { path ?? device?.node }

  func change(to new: BoardState) {
    guard state != new else { return }
    state = new
    logger.info(
      "\(new.name)\(new.reason.map { ": \(printable($0))" } ?? "")",
      metadata: port.map { ["port": "\($0)"] })
    report(.state(name: new.name, reason: new.reason))
    if new != .probing { managed.isRestarting = false }
    if new == .serving { callPatient() }
    if case .notServing = new, tracebacks.exception != nil || isAtPrompt {
      callPatient(hasEnded: true)
    }
  }

  /// Puts into the log what happened on this board.
  func report(_ kind: EventKind) {
    log.append(kind, board: name, time: WallClock.now)
  }

  // MARK: Time

  /// Sees to it that the timer fires when the next thing is due; one that fires early is harmless.
  func armTimer() {
    var earliest = channel == nil ? nil : link.nextDeadline
    earliest.lower(to: attentionAt)
    earliest.lower(to: consoleRestAt)
    earliest.lower(to: silentAt)
    earliest.lower(to: ladder?.nextAt)
    earliest.lower(to: leftAt)
    earliest.lower(to: repl?.nextDeadline)
    earliest.lower(to: managed.leaveAt)
    guard let earliest else { return }
    if let timerAt, timerAt <= earliest { return }
    timer?.cancel()
    timerAt = earliest
    let wait = TimeAmount(max(.zero, earliest - .now) + .microseconds(20))
    timer = eventLoop.scheduleTask(in: wait) { [weak self] in
      self?.assumeIsolated { $0.timerFired() }
    }
  }

  private func timerFired() {
    timer = nil
    timerAt = nil
    let now = Instant.now
    if channel != nil, let deadline = link.nextDeadline, deadline <= now { link.advance(now: now) }
    if let attentionAt, attentionAt <= now { attend(now: now) }
    if let ladder, ladder.nextAt <= now { climb(now: now) }
    if let leftAt, leftAt <= now { lookAfterLeft(now: now) }
    if let deadline = repl?.nextDeadline, deadline <= now { repl?.advance(now: now) }
    if let leaveAt = managed.leaveAt, leaveAt <= now { leaveREPL(now: now) }
    if let consoleRestAt, consoleRestAt <= now {
      self.consoleRestAt = nil
      if console.hasRest { report(.console(line: console.takeRest())) }
    }
    if let silentAt, silentAt <= now {
      self.silentAt = nil
      if state == .probing {
        change(to: .notServing(silence))
      }
    }
    settle(now: now)
  }
}
