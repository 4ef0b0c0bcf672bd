private import Synchronization

/// The latest events of a gateway, for any number of subscribers.
///
/// The events are in one ring, bounded by count and by size. A subscriber is a position in what its
/// filter lets through, so that a thousand of them hold no copies, and none holds up another or
/// the one who appends. Safe from every thread; time and the epoch are the caller's.
public final class EventLog: Sendable {
  /// How much the log holds.
  public struct Limits: Sendable {
    /// Events.
    public var count: Int
    /// Bytes of the events, with the texts that are made of them.
    public var bytes: Int
    /// Events that may wait for a subscriber, beyond those that it has replayed.
    public var backlog: Int

    public init(count: Int = 4096, bytes: Int = 4 << 20, backlog: Int = 256) {
      self.count = max(1, count)
      self.bytes = bytes
      self.backlog = max(1, backlog)
    }
  }

  /// How full a log is, for its figures.
  public struct Status: Sendable {
    /// Events that are there.
    public var events: Int
    /// Their bytes, as ``Limits/bytes`` counts them.
    public var bytes: Int
    /// Subscriptions that are not cancelled.
    public var subscribers: Int
    /// Different filters that they have.
    public var filters: Int
  }

  private let state: Mutex<EventLogState>
  private let backlog: Int

  /// - Parameter epoch: drawn at random when the gateway starts.
  public init(epoch: UInt64, limits: Limits = Limits()) {
    state = Mutex(EventLogState(epoch: epoch, limits: limits))
    backlog = limits.backlog
  }

  /// Adds an event, and wakes the subscribers whose filters let it through.
  ///
  /// Texts are made of it only when somebody wants them.
  /// - Parameters:
  ///   - board: the board's name; nil for the gateway itself.
  ///   - time: milliseconds since 1970. It need not be after the event before.
  /// - Returns: the event; nil after ``finish()``, when nothing is added any more.
  @discardableResult
  public func append(_ kind: EventKind, board: String?, time: Int64) -> Event? {
    let added = state.withLock { state in
      state.isFinished ? nil : state.append(kind: kind, board: board, time: time)
    }
    // Without the lock, which whoever is woken takes first.
    for waiter in added?.woken ?? [] { waiter.resume() }
    return added?.event
  }

  /// Follows the log.
  ///
  /// The stream begins with exactly those events after the cursor that the filter lets through,
  /// and goes on with those to come; none is missing or comes twice in between. When the cursor
  /// has expired, is of another epoch or is ahead of every event, the stream begins with one
  /// ``EventItem/gap(_:)`` and goes on from the oldest event that is still there: whoever is told
  /// that something is missing gets all that is left, rather than the little that it asked for.
  /// - Parameters:
  ///   - after: the last event that the subscriber has; nil to begin with the next event.
  ///   - backlog: events that may wait for it, beyond the replay; nil for the log's own limit. When
  ///     more do, the oldest of them are dropped, and it is told how many.
  public func subscribe(
    filter: EventFilter = .everything, after: EventID? = nil, backlog: Int? = nil
  ) -> EventSubscription {
    let (place, start) = state.withLock {
      $0.subscribe(filter: filter, after: after, backlog: backlog ?? self.backlog)
    }
    return EventSubscription(log: self, place: place, start: start)
  }

  /// Gives each subscriber that waits a heartbeat. It is no event, and never enters the ring.
  ///
  /// Called at the interval at which clients shall hear something: one timer for all of them.
  public func beat() {
    for waiter in state.withLock({ $0.beat() }) { waiter.resume() }
  }

  /// Ends the log: subscribers get what is there, and then the end.
  public func finish() {
    for waiter in state.withLock({ $0.finish() }) { waiter.resume() }
  }

  /// The newest event's identifier; its counter is 0 before the first.
  public var latest: EventID { state.withLock { $0.latest } }

  /// The oldest event that is still there.
  public var oldest: EventID? { state.withLock { $0.oldest } }

  /// How full it is.
  public var status: Status {
    state.withLock { state in
      Status(
        events: state.events.count, bytes: state.bytes,
        subscribers: state.subscribers.count { $0?.lane != nil },
        filters: state.lanes.count { $0 != nil })
    }
  }

  // MARK: - For subscriptions

  func take(_ place: Int, upTo limit: Int) -> (items: [EventItem], goesOn: Bool) {
    var items: [EventItem] = []
    let goesOn = state.withLock { $0.take(place, upTo: max(1, limit), into: &items) }
    return (items, goesOn)
  }

  func park(_ place: Int, _ waiter: EventWaiter) {
    guard state.withLock({ $0.park(place, waiter) }) else { return waiter.resume() }
    // A task that was cancelled before it parked had nobody to wake at that time.
    if Task.isCancelled { wake(place) }
  }

  func wake(_ place: Int) { state.withLock { $0.unpark(place) }?.resume() }

  func end(_ place: Int) { state.withLock { $0.end(place) }?.resume() }

  func cancel(_ place: Int) { state.withLock { $0.cancel(place) }?.resume() }

  func free(_ place: Int) { state.withLock { $0.free(place) } }
}
