/// The events in the log that one filter lets through, and its subscribers who wait for the next.
///
/// Subscribers with one filter share a lane, and each is but a position in it: what a filter
/// leaves out is never there to be counted, and the next event is found without a search.
/// Positions are counted from 0 for the first event that the lane ever had.
struct EventLane {
  let filter: EventFilter
  /// Subscribers that are in the lane.
  var members = 0
  /// The places of the subscribers that wait.
  var waiting: [Int] = []

  /// The position of the oldest event that is left.
  private(set) var start = 0
  private var counters = Ring<UInt64>(filler: 0)

  init(filter: EventFilter) {
    self.filter = filter
  }

  /// The position that the next event will have.
  var end: Int { start + counters.count }

  /// The counter of the event at a position from `start` to `end` - 1.
  subscript(position: Int) -> UInt64 { counters[position - start] }

  mutating func append(_ counter: UInt64) {
    counters.append(counter)
  }

  /// Lets go of the events before one that are no longer in the log.
  mutating func trim(before counter: UInt64) {
    while !counters.isEmpty, counters[0] < counter {
      counters.removeFirst()
      start += 1
    }
  }

  /// The position of the first event after one.
  func position(after counter: UInt64) -> Int {
    start + counters.partition { $0 <= counter }
  }
}

/// One subscriber: a position in a lane.
struct EventSubscriber {
  /// Nil once it is cancelled.
  var lane: Int?
  /// The position of the next event.
  var cursor: Int
  /// Where the replay ends. What was there at the start is not for the bound to count.
  let replayEnd: Int
  /// Events since then that may wait for it.
  let backlog: Int
  /// What it is told before all else.
  var gap: EventGap?
  /// The position that it will not pass.
  var last: Int?
  /// Whether a heartbeat is due.
  var isBeaten = false
  /// Who waits for the next item.
  var waiter: EventWaiter?
  /// Its index among those who wait in its lane.
  var waitingIndex: Int?

  /// Where it goes on in the lane: at its cursor, or after what it has lost.
  func position(in lane: EventLane) -> Int {
    let kept = max(cursor, lane.start)
    guard kept >= replayEnd else { return kept }
    return max(kept, min(lane.end, last ?? .max) - backlog)
  }
}

/// Somebody who waits for a subscriber's next item.
enum EventWaiter: Sendable {
  /// A task.
  case task(CheckedContinuation<Void, Never>)
  /// Whoever wants to be called, once.
  case call(@Sendable () -> Void)

  func resume() {
    switch self {
    case .task(let continuation): continuation.resume()
    case .call(let call): call()
    }
  }
}
