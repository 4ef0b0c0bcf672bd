/// Rows whose columns are as wide as they have to be.
struct TextTable: CustomStringConvertible {
  private var rows: [[String]]

  /// - Parameter header: the first row; nil for none.
  init(header: [String]?) { rows = header.map { [$0] } ?? [] }

  /// Adds a row; its texts are printable.
  mutating func add(_ row: [String]) { rows.append(row.map { $0.isEmpty ? "-" : $0 }) }

  /// The rows, each with a line's end.
  var description: String {
    var widths: [Int] = []
    for row in rows {
      for (column, text) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], text.count)
      }
    }
    return rows.map { row in
      row.enumerated().map { column, text in
        column == row.count - 1 ? text : text.padded(to: widths[column])
      }.joined(separator: "  ") + "\n"
    }.joined()
  }
}

extension String {
  /// With blanks behind, to a width.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
