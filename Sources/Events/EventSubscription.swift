/// One subscriber's stream of items. One task, or one call, at a time may wait for them.
///
/// It ends when it is cancelled, when the log is finished, or when the task that waits is
/// cancelled. Letting go of it is enough to leave the log.
public final class EventSubscription: AsyncSequence, Sendable {
  public typealias Element = EventItem
  public typealias Failure = Never

  /// The identifier after which the stream begins.
  ///
  /// A client that is told at once has a cursor even if it goes before the first event.
  public let start: EventID

  private let log: EventLog
  private let place: Int

  init(log: EventLog, place: Int, start: EventID) {
    self.log = log
    self.place = place
    self.start = start
  }

  deinit { log.free(place) }

  /// Waits for the next item.
  ///
  /// - Returns: nil at the end, or when the task is cancelled.
  public func next(isolation: isolated (any Actor)? = #isolation) async -> EventItem? {
    await nextBatch(upTo: 1, isolation: isolation)?.first
  }

  /// Waits for an item, and takes those with it that are there.
  ///
  /// - Parameter limit: most items to take, at least 1.
  /// - Returns: at least one item; nil at the end, or when the task is cancelled.
  public func nextBatch(
    upTo limit: Int, isolation: isolated (any Actor)? = #isolation
  ) async -> [EventItem]? {
    while !Task.isCancelled {
      let (items, goesOn) = log.take(place, upTo: limit)
      guard items.isEmpty else { return items }
      guard goesOn else { return nil }
      await wait(isolation: isolation)
    }
    return nil
  }

  /// Takes what is there without waiting, in a task that is cancelled too.
  public func take(upTo limit: Int) -> [EventItem] {
    log.take(place, upTo: limit).items
  }

  /// Takes what is there, or asks to be called.
  ///
  /// For those who follow without a task of their own, which would cost more than all the rest.
  /// - Parameters:
  ///   - limit: most items to take, at least 1.
  ///   - wake: when nothing is there: called once, on any thread, when something may be, which may
  ///     be before this returns.
  /// - Returns: nil at the end.
  public func take(upTo limit: Int, orCall wake: @escaping @Sendable () -> Void) -> [EventItem]? {
    let (items, goesOn) = log.take(place, upTo: limit)
    if items.isEmpty {
      guard goesOn else { return nil }
      log.park(place, .call(wake))
    }
    return items
  }

  /// Ends the stream behind what is there for it now.
  public func end() { log.end(place) }

  /// Ends the stream at once.
  public func cancel() { log.cancel(place) }

  public func makeAsyncIterator() -> Iterator { Iterator(subscription: self) }

  public struct Iterator: AsyncIteratorProtocol {
    let subscription: EventSubscription

    public mutating func next() async -> EventItem? {
      await subscription.next(isolation: nil)
    }

    public mutating func next(isolation actor: isolated (any Actor)?) async -> EventItem? {
      await subscription.next(isolation: actor)
    }
  }

  private func wait(isolation: isolated (any Actor)?) async {
    await withTaskCancellationHandler(
      operation: {
        await withCheckedContinuation(isolation: isolation) { log.park(place, .task($0)) }
      },
      onCancel: { log.wake(place) },
      isolation: isolation)
  }
}
