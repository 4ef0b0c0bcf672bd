import Events

/// What somebody who asks for events wants.
struct EventQuery {
  var filter: EventFilter
  /// The last event that it has.
  var after: EventID?

  /// Reads `type=`, `board=`, `after=`, and the Last-Event-ID of a client that comes again.
  ///
  /// - Parameter board: the one board that the path names.
  init(_ query: QueryString, board: String? = nil, lastEventID: String?) throws(Problem) {
    try query.allow(["type", "after"] + (board == nil ? ["board"] : []))
    do throws(EventFilterError) {
      filter = try EventFilter(
        boardValues: board.map { [$0] } ?? query[all: "board"], typeValues: query[all: "type"])
    } catch {
      throw .badQuery(error.description)
    }
    if let text = query["after"] {
      guard let id = EventID(text) else {
        throw .badQuery("after=\(text.prefix(64)) is no event's id; take one from the stream")
      }
      after = id
    }
    // What a browser sends by itself when it comes again counts more than the URL it began with.
    if let lastEventID, !lastEventID.isEmpty {
      after = EventID(lastEventID) ?? EventID(epoch: 0, counter: 0)
    }
  }
}
