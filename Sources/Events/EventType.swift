/// The type of an event, as `?type=`, `event:` and the JSON text name it.
public enum EventType: String, Sendable, Hashable, CaseIterable {
  /// A board's device came.
  case attached
  /// A board's device went.
  case detached
  /// A board's state changed.
  case state
  /// A board printed a line.
  case console
  /// A board emitted an event of its own.
  case emit
  /// A handler on a board raised an exception.
  case exception
  /// A board's link started anew.
  case reset
  /// A request ended.
  case request
  /// Events were not written to the history.
  case lost

  /// The type's bit in a set of types.
  var bit: UInt16 {
    switch self {
    case .attached: 1 << 0
    case .detached: 1 << 1
    case .state: 1 << 2
    case .console: 1 << 3
    case .emit: 1 << 4
    case .exception: 1 << 5
    case .reset: 1 << 6
    case .request: 1 << 7
    case .lost: 1 << 8
    }
  }
}
