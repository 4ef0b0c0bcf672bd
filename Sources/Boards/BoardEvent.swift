/// What happens on a board, for whoever listens.
public enum BoardEvent: Sendable, Equatable {
  /// The board emitted an event.
  case emitted(name: String, data: [UInt8])
  /// A line that the board printed, without its end.
  case console(String)
  /// The board's state changed.
  case state(BoardState)
  /// A handler raised an exception.
  case exception(traceback: String)
  /// Nothing happened for 15 s.
  case heartbeat
  /// This listener was too slow: so many events were dropped before the next one.
  case missed(Int)
}

/// A listener's place among a board's listeners.
public struct Subscription: Sendable {
  /// Ends after ``cancel()``, or with the board's supervisor.
  public let events: AsyncStream<BoardEvent>
  let continuation: AsyncStream<BoardEvent>.Continuation

  /// Listens no more.
  public func cancel() { continuation.finish() }
}

/// Hands events to any number of listeners; each has a bound, and none holds up another.
struct EventHub {
  /// Events that wait for a listener at most.
  static let bound = 256

  private var listeners: [UInt64: Listener] = [:]
  private var next: UInt64 = 0

  private struct Listener {
    let continuation: AsyncStream<BoardEvent>.Continuation
    var missed = 0
  }

  var isEmpty: Bool { listeners.isEmpty }

  /// - Parameter onEnd: called once with the listener's number when it listens no more.
  mutating func subscribe(onEnd: @escaping @Sendable (UInt64) -> Void) -> Subscription {
    let (stream, continuation) = AsyncStream.makeStream(
      of: BoardEvent.self, bufferingPolicy: .bufferingOldest(Self.bound))
    let number = next
    next += 1
    listeners[number] = Listener(continuation: continuation)
    continuation.onTermination = { _ in onEnd(number) }
    return Subscription(events: stream, continuation: continuation)
  }

  mutating func remove(_ number: UInt64) {
    listeners[number] = nil
  }

  mutating func publish(_ event: BoardEvent) {
    for number in listeners.keys {
      guard var listener = listeners[number] else { continue }
      if listener.missed > 0 {
        guard case .enqueued = listener.continuation.yield(.missed(listener.missed)) else {
          listener.missed += 1
          listeners[number] = listener
          continue
        }
        listener.missed = 0
      }
      if case .dropped = listener.continuation.yield(event) { listener.missed += 1 }
      listeners[number] = listener
    }
  }

  mutating func finish() {
    for listener in listeners.values { listener.continuation.finish() }
    listeners = [:]
  }
}
