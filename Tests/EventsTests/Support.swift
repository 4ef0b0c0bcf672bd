import Events
import Synchronization

/// A small seeded generator: the same seed gives the same numbers on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

let epoch: UInt64 = 0xC0_FFEE

func id(_ counter: UInt64) -> EventID { EventID(epoch: epoch, counter: counter) }

extension EventLog {
  convenience init(count: Int = 4096, backlog: Int = 256) {
    self.init(epoch: epoch, limits: Limits(count: count, backlog: backlog))
  }

  /// Adds so many console lines of a board.
  func appendLines(_ count: Int, board: String = "pico") {
    for index in 0..<count { append(.console(line: "line \(index)"), board: board, time: 0) }
  }
}

/// Items in short, to compare and to print.
enum Short: Equatable, CustomStringConvertible {
  case event(UInt64)
  case lost(Int)
  case gap(EventGap)
  case heartbeat(UInt64)

  init(_ item: EventItem) {
    switch item {
    case .event(let event): self = .event(event.id.counter)
    case .lost(let count): self = .lost(count)
    case .gap(let gap): self = .gap(gap)
    case .heartbeat(let id): self = .heartbeat(id.counter)
    }
  }

  var description: String {
    switch self {
    case .event(let counter): "\(counter)"
    case .lost(let count): "lost(\(count))"
    case .gap(let gap): "gap(\(gap))"
    case .heartbeat(let counter): "heartbeat(\(counter))"
    }
  }
}

func events(_ counters: ClosedRange<UInt64>) -> [Short] { counters.map { .event($0) } }

extension EventSubscription {
  /// All that is there now.
  func takeAll() -> [Short] {
    var all: [Short] = []
    while true {
      let items = take(upTo: 100)
      if items.isEmpty { return all }
      all += items.map { Short($0) }
    }
  }
}

/// A value that several tasks see.
final class Shared<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  init(_ value: Value) { self.value = Mutex(value) }

  func withLock<Result>(_ body: (inout Value) -> Result) -> Result where Result: Sendable {
    value.withLock { value in body(&value) }
  }
}
