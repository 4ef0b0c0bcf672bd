import APIClient

/// Prints what a follower tells: events on standard output, all else on standard error.
struct EventPrinter {
  let json: Bool
  private let style = TextStyle(hasColours: Output.standard.hasColours)
  private var width = 8

  init(json: Bool) { self.json = json }

  /// - Throws: ``Output/Closed``.
  mutating func print(_ element: EventFollower.Element) throws {
    switch element {
    case .event(let event): try printEvent(event.data)
    case .gap(let gap, let data):
      if json { try Output.standard.line(Printable.json(data)) }
      note(gap.text)
    case .lost(let count, let data):
      if json { try Output.standard.line(Printable.json(data)) }
      note("\(count) events are missing here: they came faster than they could be taken")
    case .connected(let isAgain): if isAgain { note("the gateway answers again") }
    case .disconnected(let error): note("\(error); trying again")
    }
  }

  /// - Parameter data: an event's JSON text.
  mutating func printEvent(_ data: String) throws {
    if json {
      try Output.standard.line(Printable.json(data))
    } else if let line = EventLine(data) {
      try Output.standard.line(line.text(width: &width, style: style))
    }
  }

  /// Whoever does not read errors may still read events.
  func note(_ text: String) {
    try? Output.standardError.line("boardwalk: " + Printable.text(text))
  }
}
