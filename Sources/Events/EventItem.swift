/// What a subscriber gets.
public enum EventItem: Sendable {
  /// An event that its filter lets through.
  case event(Event)
  /// The stream does not begin where the subscriber left off. At most once, before all else.
  case gap(EventGap)
  /// It was too slow: so many events that its filter lets through were dropped at this place.
  case lost(Int)
  /// Nothing was there for it at the last ``EventLog/beat()``.
  ///
  /// It has had every event that it wants up to this one, and may go on after it.
  case heartbeat(at: EventID)

  /// The item as a Server-Sent Event, in UTF-8.
  ///
  /// A gap is `event: gap`, a loss `event: lost`. Neither has an `id`, so that a client which
  /// comes again after a loss asks for what it lost. A heartbeat is a comment and an `id` without
  /// data, which moves the client's Last-Event-ID on and is nothing that it sees.
  public var serverSentEvent: [UInt8] {
    switch self {
    case .event(let event): event.serverSentEvent
    case .gap(let gap): Self.message("gap", gap.members)
    case .lost(let count): Self.message("lost", [("count", .number(Int64(count)))])
    case .heartbeat(let id): Array(":\nid: \(id)\n\n".utf8)
    }
  }

  private static func message(
    _ type: String, _ members: [(key: String, value: JSONText.Value)]
  ) -> [UInt8] {
    var message = Array("event: \(type)\ndata: ".utf8)
    JSONText.write(members + [("type", .text(type))], to: &message)
    return message + [0x0A, 0x0A]
  }
}

/// Why a stream does not begin where the subscriber left off.
///
/// In each case it begins with the oldest event that is still there.
public enum EventGap: Sendable, Hashable {
  /// Events after the cursor are gone; how many, where the filter takes every event. With another
  /// filter nobody knows how many of them it would have let through.
  case expired(lost: UInt64?)
  /// The cursor is of another epoch: the gateway was restarted, and nothing says what it missed.
  case restarted
  /// The cursor is ahead of every event.
  case unknown

  var members: [(key: String, value: JSONText.Value)] {
    switch self {
    case .expired(let lost?):
      [("lost", .number(Int64(clamping: lost))), ("reason", .text("expired"))]
    case .expired(nil): [("reason", .text("expired"))]
    case .restarted: [("reason", .text("restarted"))]
    case .unknown: [("reason", .text("unknown"))]
    }
  }
}
