import Conformance

/// Prints checks as they are done.
struct ConformancePrinter {
  private let style = TextStyle(hasColours: Output.standard.hasColours)

  /// What the board says that it is.
  ///
  /// - Throws: ``Output/Closed``.
  func begin(_ board: ConformanceReport.BoardSummary) throws {
    let limits = board.limits
    let facts = [
      ("package", board.package),
      ("firmware", board.implementation),
      ("machine", board.machine),
      ("check", limits.check),
      ("streams", "\(limits.streams)"),
      ("window", "\(limits.window) bytes, frames of up to \(limits.largestFrame) bytes"),
      ("slots", "\(limits.slots)"),
      ("largest head", "\(limits.largestHead) bytes"),
      ("deadline", "\(limits.deadline) s"),
      ("free heap", board.freeHeap.map { "\($0) bytes" } ?? ""),
    ]
    for (name, value) in facts where !value.isEmpty {
      try Output.standard.line(style.faint(name.padded(to: 14)) + Printable.text(value))
    }
    try Output.standard.line("")
  }

  /// - Throws: ``Output/Closed``.
  func print(_ item: ConformanceReport.Item) throws {
    let result = item.result.rawValue
    var line = style.coloured(result.padded(to: 8), as: result)
    line += item.name.padded(to: 20) + item.title
    if let reason = item.reason { line += ": " + Printable.text(reason) }
    try Output.standard.line(line)
    if let expected = item.expected {
      try Output.standard.line("        expected " + Printable.text(expected))
    }
    if let got = item.got { try Output.standard.line("        got " + Printable.text(got)) }
  }

  /// - Throws: ``Output/Closed``.
  func end(_ summary: ConformanceReport.Summary) throws {
    try Output.standard.line(
      "\n\(summary.passed) passed, \(summary.failed) failed, \(summary.cannot) cannot be done here")
  }
}
