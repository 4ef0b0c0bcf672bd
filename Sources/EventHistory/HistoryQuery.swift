public import Events

/// Which events of a history, and in which order.
public struct HistoryQuery: Sendable {
  /// The order of a page. It is the order in which events were written, whatever the clock did.
  public enum Order: Sendable { case oldestFirst, newestFirst }

  public var filter: EventFilter
  /// Milliseconds since 1970; events of this time and later.
  public var since: Int64?
  /// Milliseconds since 1970; events before this time.
  public var until: Int64?
  /// The last event of the page before; in either order the page goes on behind it.
  public var after: HistoryCursor?
  /// Most events on the page, from 1 to 1000.
  public var limit: Int {
    didSet { limit = Self.clamp(limit) }
  }
  public var order: Order

  public init(
    filter: EventFilter = .everything, since: Int64? = nil, until: Int64? = nil,
    after: HistoryCursor? = nil, limit: Int = 100, order: Order = .newestFirst
  ) {
    self.filter = filter
    self.since = since
    self.until = until
    self.after = after
    self.limit = Self.clamp(limit)
    self.order = order
  }

  private static func clamp(_ limit: Int) -> Int { min(max(limit, 1), 1000) }
}

/// A place in one history: text such as `5f0c12ab90de7743-1042`, which nobody should look into.
///
/// It is not an event's identifier: its first part is the history file's own number.
public struct HistoryCursor: Sendable, Hashable, LosslessStringConvertible {
  let generation: UInt64
  let sequence: Int64

  init(generation: UInt64, sequence: Int64) {
    self.generation = generation
    self.sequence = sequence
  }

  /// - Returns: nil for text that no history gave.
  public init?(_ text: some StringProtocol) {
    guard let parts = EventID(text), let sequence = Int64(exactly: parts.counter) else {
      return nil
    }
    self.init(generation: parts.epoch, sequence: sequence)
  }

  public var description: String {
    EventID(epoch: generation, counter: UInt64(sequence)).description
  }
}

/// An event as the history has it.
public struct HistoryEvent: Sendable, Hashable {
  /// Its place in the history.
  public let cursor: HistoryCursor
  /// Its identifier when it happened; nil for what only the history has, such as `lost`.
  public let id: EventID?
  /// Milliseconds since 1970, UTC.
  public let time: Int64
  /// The board's name; nil for the gateway itself.
  public let board: String?
  /// The type's name; see ``EventType``.
  public let type: String
  /// The JSON object that subscribers got.
  public let json: String
}

/// Some events of a history.
public struct HistoryPage: Sendable {
  public let events: [HistoryEvent]
  /// Behind the last event of the page; the query's own cursor when the page is empty.
  ///
  /// With the oldest first, asking again with it later gives what was written since.
  public let next: HistoryCursor?
  /// Whether more events were there behind it.
  public let hasMore: Bool
}
