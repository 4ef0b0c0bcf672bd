/// What an ``EventLog`` keeps under its lock.
struct EventLogState {
  let epoch: UInt64
  let limits: EventLog.Limits

  /// The log itself; the oldest event has the counter `first`.
  private(set) var events = Ring<Event?>(filler: nil)
  private(set) var bytes = 0
  private var first: UInt64 = 1
  private var next: UInt64 = 1
  private(set) var isFinished = false

  // Places are used again, so that each is found by its number.
  private(set) var lanes: [EventLane?] = []
  private var freeLanes: [Int] = []
  private var laneOfFilter: [EventFilter: Int] = [:]
  private var lanesOfAllBoards: [Int] = []
  private var lanesOfBoard: [String: [Int]] = [:]
  private(set) var subscribers: [EventSubscriber?] = []
  private var freeSubscribers: [Int] = []

  init(epoch: UInt64, limits: EventLog.Limits) {
    self.epoch = epoch
    self.limits = limits
  }

  /// The newest event's identifier; its counter is 0 before the first.
  var latest: EventID { EventID(epoch: epoch, counter: next - 1) }

  /// The oldest event that is still there.
  var oldest: EventID? { events.isEmpty ? nil : EventID(epoch: epoch, counter: first) }

  // MARK: - Events

  /// Adds an event.
  ///
  /// - Returns: who waited for it; to be resumed without the lock.
  mutating func append(
    kind: EventKind, board: String?, time: Int64
  ) -> (event: Event, woken: [EventWaiter]) {
    let counter = next
    let event = Event(
      id: EventID(epoch: epoch, counter: counter), time: time, board: board, kind: kind)
    next += 1
    events.append(event)
    bytes += event.cost
    // The newest stays even if it is larger than all that the log may hold.
    while events.count > limits.count || (bytes > limits.bytes && events.count > 1) {
      bytes -= events[0]?.cost ?? 0
      events.removeFirst()
      first += 1
    }
    var woken: [EventWaiter] = []
    let bit = event.type.bit
    for lane in lanesOfAllBoards { add(counter, bit, to: lane, &woken) }
    if let board, !lanesOfBoard.isEmpty, let lanes = lanesOfBoard[board] {
      for lane in lanes { add(counter, bit, to: lane, &woken) }
    }
    return (event, woken)
  }

  private mutating func add(
    _ counter: UInt64, _ bit: UInt16, to lane: Int, _ woken: inout [EventWaiter]
  ) {
    guard let filter = lanes[lane]?.filter, filter.typeBits & bit != 0 else { return }
    lanes[lane]?.trim(before: first)
    lanes[lane]?.append(counter)
    wakeAll(in: lane, &woken)
  }

  // MARK: - Subscribers

  /// - Returns: the subscriber's place, and the identifier after which its stream begins.
  mutating func subscribe(
    filter: EventFilter, after: EventID?, backlog: Int
  ) -> (place: Int, start: EventID) {
    let lane = enterLane(filter)
    lanes[lane]?.trim(before: first)
    let gap = after.flatMap { gapIfAny(after: $0, filter: filter) }
    var cursor = lanes[lane]?.end ?? 0
    var start = latest
    if gap != nil {
      cursor = lanes[lane]?.start ?? 0
      start = EventID(epoch: epoch, counter: first - 1)
    } else if let after {
      cursor = lanes[lane]?.position(after: after.counter) ?? 0
      start = after
    }
    let subscriber = EventSubscriber(
      lane: lane, cursor: cursor, replayEnd: lanes[lane]?.end ?? 0, backlog: max(1, backlog),
      gap: gap)
    if let place = freeSubscribers.popLast() {
      subscribers[place] = subscriber
      return (place, start)
    }
    subscribers.append(subscriber)
    return (subscribers.count - 1, start)
  }

  private func gapIfAny(after cursor: EventID, filter: EventFilter) -> EventGap? {
    guard cursor.epoch == epoch else { return .restarted }
    guard cursor.counter < next else { return .unknown }
    guard cursor.counter < first - 1 else { return nil }
    return .expired(lost: filter.isEverything ? first - 1 - cursor.counter : nil)
  }

  /// The next items, in order, as many as asked for.
  ///
  /// - Returns: false when nothing will follow.
  mutating func take(_ place: Int, upTo limit: Int, into items: inout [EventItem]) -> Bool {
    guard var subscriber = subscribers[place], let lane = subscriber.lane else { return false }
    lanes[lane]?.trim(before: first)
    let target = items.count + limit
    if let gap = subscriber.gap, items.count < target {
      items.append(.gap(gap))
      subscriber.gap = nil
    }
    while items.count < target, let item = nextItem(&subscriber, lanes[lane]) {
      items.append(item)
      subscriber.isBeaten = false
    }
    if subscriber.isBeaten, items.count < target {
      items.append(.heartbeat(at: latest))
      subscriber.isBeaten = false
    }
    subscribers[place] = subscriber
    guard let end = lanes[lane]?.end else { return false }
    return !(subscriber.cursor >= subscriber.last ?? (isFinished ? end : .max))
  }

  private func nextItem(_ subscriber: inout EventSubscriber, _ lane: EventLane?) -> EventItem? {
    guard let lane else { return nil }
    let last = subscriber.last ?? lane.end
    let position = min(subscriber.position(in: lane), last)
    if position > subscriber.cursor {
      let lost = position - subscriber.cursor
      subscriber.cursor = position
      return .lost(lost)
    }
    guard position < last, let event = events[Int(lane[position] - first)] else { return nil }
    subscriber.cursor = position + 1
    return .event(event)
  }

  // MARK: - Waiting

  /// Lets a subscriber wait for its next item.
  ///
  /// - Returns: false when there is no need, for there is an item, or the end.
  mutating func park(_ place: Int, _ waiter: EventWaiter) -> Bool {
    guard let subscriber = subscribers[place], let lane = subscriber.lane,
      let end = lanes[lane]?.end, !isFinished, subscriber.last == nil, subscriber.gap == nil,
      !subscriber.isBeaten, subscriber.cursor == end
    else { return false }
    precondition(subscriber.waiter == nil, "Two tasks wait for the items of one subscription.")
    subscribers[place]?.waiter = waiter
    subscribers[place]?.waitingIndex = lanes[lane]?.waiting.count
    lanes[lane]?.waiting.append(place)
    return true
  }

  /// Ends a subscriber's wait.
  mutating func unpark(_ place: Int) -> EventWaiter? {
    guard let subscriber = subscribers[place], let lane = subscriber.lane,
      let index = subscriber.waitingIndex
    else { return nil }
    // The last of those who wait takes its index.
    if let last = lanes[lane]?.waiting.popLast(), last != place {
      lanes[lane]?.waiting[index] = last
      subscribers[last]?.waitingIndex = index
    }
    subscribers[place]?.waiter = nil
    subscribers[place]?.waitingIndex = nil
    return subscriber.waiter
  }

  private mutating func wakeAll(in lane: Int, _ woken: inout [EventWaiter]) {
    let count = lanes[lane]?.waiting.count ?? 0
    guard count > 0 else { return }
    woken.reserveCapacity(woken.count + count)
    for index in 0..<count {
      guard let place = lanes[lane]?.waiting[index] else { continue }
      if let waiter = subscribers[place]?.waiter { woken.append(waiter) }
      subscribers[place]?.waiter = nil
      subscribers[place]?.waitingIndex = nil
    }
    lanes[lane]?.waiting.removeAll(keepingCapacity: true)
  }

  /// Owes a heartbeat to each subscriber that waits.
  mutating func beat() -> [EventWaiter] {
    for lane in lanes {
      for place in lane?.waiting ?? [] { subscribers[place]?.isBeaten = true }
    }
    return wakeEverybody()
  }

  mutating func finish() -> [EventWaiter] {
    isFinished = true
    return wakeEverybody()
  }

  private mutating func wakeEverybody() -> [EventWaiter] {
    var woken: [EventWaiter] = []
    for lane in lanes.indices { wakeAll(in: lane, &woken) }
    return woken
  }

  // MARK: - Leaving

  /// Lets a subscriber have what is there for it, and no more.
  mutating func end(_ place: Int) -> EventWaiter? {
    let waiter = unpark(place)
    if let lane = subscribers[place]?.lane, subscribers[place]?.last == nil {
      subscribers[place]?.last = lanes[lane]?.end
    }
    return waiter
  }

  /// Takes a subscriber out of its lane. It keeps its place until ``free(_:)``.
  mutating func cancel(_ place: Int) -> EventWaiter? {
    let waiter = unpark(place)
    if let lane = subscribers[place]?.lane { leaveLane(lane) }
    subscribers[place]?.lane = nil
    return waiter
  }

  /// Gives a subscriber's place to the next one.
  mutating func free(_ place: Int) {
    _ = cancel(place)
    subscribers[place] = nil
    freeSubscribers.append(place)
  }

  // MARK: - Lanes

  private mutating func enterLane(_ filter: EventFilter) -> Int {
    if let lane = laneOfFilter[filter] {
      lanes[lane]?.members += 1
      return lane
    }
    var lane = EventLane(filter: filter)
    lane.members = 1
    for index in 0..<events.count {
      if let event = events[index], filter.matches(event) { lane.append(event.id.counter) }
    }
    let place: Int
    if let free = freeLanes.popLast() {
      place = free
      lanes[place] = lane
    } else {
      place = lanes.count
      lanes.append(lane)
    }
    laneOfFilter[filter] = place
    if let boards = filter.boards {
      for board in boards { lanesOfBoard[board, default: []].append(place) }
    } else {
      lanesOfAllBoards.append(place)
    }
    return place
  }

  private mutating func leaveLane(_ place: Int) {
    lanes[place]?.members -= 1
    guard let lane = lanes[place], lane.members == 0 else { return }
    lanes[place] = nil
    freeLanes.append(place)
    laneOfFilter[lane.filter] = nil
    guard let boards = lane.filter.boards else {
      lanesOfAllBoards.removeAll { $0 == place }
      return
    }
    for board in boards {
      lanesOfBoard[board]?.removeAll { $0 == place }
      if lanesOfBoard[board]?.isEmpty == true { lanesOfBoard[board] = nil }
    }
  }
}
