import LinkProtocol
public import Logging
public import NIOCore

/// A board by its name: its port, its link, the requests on it, and who listens to it.
///
/// All of it runs on one event loop, the line's own, so that a request passes from HTTP to the line
/// and back without a change of thread.
public actor Board {
  public nonisolated let configuration: BoardConfiguration
  public nonisolated var name: String { configuration.name }
  nonisolated let eventLoop: any EventLoop
  let logger: Logger

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    eventLoop.executor.asUnownedSerialExecutor()
  }

  /// A sign of life after so long keeps proxies from closing idle streams, and finds dead clients.
  static let heartbeat: Duration = .seconds(15)

  public internal(set) var state: BoardState = .absent
  var routes: [Route] = []
  var hub = EventHub()
  var console = ConsoleLines()
  var consoleRestAt: ContinuousClock.Instant?
  var heartbeatAt: ContinuousClock.Instant?

  // The line, while the port is open.
  var channel: (any Channel)?
  var link: HostLink
  var silentAt: ContinuousClock.Instant?
  var timer: Scheduled<Void>?
  var timerAt: ContinuousClock.Instant?
  var flushIsDue = false

  // Requests. Places are used again; serial numbers tell their owners apart.
  var exchanges: [ExchangeState?] = []
  var freePlaces: [Int] = []
  var byStream: [Int?] = Array(repeating: nil, count: 128)
  var nextSerial: UInt64 = 0
  /// Places of requests that wait for a free stream, in order.
  var queue: [Int] = []
  /// The earliest instant at which a request may have to be ended, or a reader told to go on.
  var attentionAt: ContinuousClock.Instant?
  /// Exchanges whose session ended, until the link says why.
  var interrupted: [(ExchangeState, HostLink.Delivery)] = []

  public init(configuration: BoardConfiguration, eventLoop: any EventLoop, logger: Logger) {
    self.configuration = configuration
    self.eventLoop = eventLoop
    var logger = logger
    logger[metadataKey: "board"] = "\(configuration.name)"
    self.logger = logger
    link = HostLink(configuration: HostLink.Configuration(lineRate: configuration.lineRate))
  }

  /// What can be known of the board now.
  public var status: BoardStatus {
    BoardStatus(
      name: name, state: state, port: configuration.path, identity: link.identity,
      routes: routes, link: link.statistics,
      running: byStream.count { $0 != nil }, waiting: queue.count)
  }

  /// Everything that happens on the board from now on.
  ///
  /// A listener that falls 256 events behind misses some, and is told how many.
  public func events() -> Subscription {
    let subscription = hub.subscribe { [weak self] number in
      guard let self else { return }
      Task { await self.unsubscribe(number) }
    }
    if heartbeatAt == nil {
      heartbeatAt = .now + Self.heartbeat
      armTimer()
    }
    return subscription
  }

  private func unsubscribe(_ number: UInt64) {
    hub.remove(number)
  }

  func change(to new: BoardState) {
    guard state != new else { return }
    state = new
    logger.info(
      "\(new.name)\(new.reason.map { ": \($0)" } ?? "")",
      metadata: ["port": "\(configuration.path)"])
    hub.publish(.state(new))
  }

  // MARK: Time

  /// Sees to it that the timer fires when the next thing is due; one that fires early is harmless.
  func armTimer() {
    var earliest = channel == nil ? nil : link.nextDeadline
    for instant in [attentionAt, consoleRestAt, silentAt, heartbeatAt] {
      guard let instant else { continue }
      if let known = earliest, known <= instant { continue }
      earliest = instant
    }
    guard let earliest else { return }
    if let timerAt, timerAt <= earliest { return }
    timer?.cancel()
    timerAt = earliest
    let wait = max(.zero, earliest - .now)
    let nanoseconds =
      wait.components.seconds * 1_000_000_000 + wait.components.attoseconds / 1_000_000_000
    timer = eventLoop.scheduleTask(in: .nanoseconds(nanoseconds + 20_000)) { [weak self] in
      self?.assumeIsolated { $0.timerFired() }
    }
  }

  private func timerFired() {
    timer = nil
    timerAt = nil
    let now = ContinuousClock.now
    if channel != nil, let deadline = link.nextDeadline, deadline <= now { link.advance(now: now) }
    if let attentionAt, attentionAt <= now { attend(now: now) }
    if let consoleRestAt, consoleRestAt <= now {
      self.consoleRestAt = nil
      if console.hasRest { hub.publish(.console(console.takeRest())) }
    }
    if let heartbeatAt, heartbeatAt <= now {
      hub.publish(.heartbeat)
      self.heartbeatAt = hub.isEmpty ? nil : now + Self.heartbeat
    }
    if let silentAt, silentAt <= now {
      self.silentAt = nil
      if state == .probing {
        change(
          to: .notServing("the port is open, but no program answers on it; start one that serves"))
      }
    }
    settle(now: now)
  }
}
