/// Finds the tracebacks of programs in what a board prints.
struct Tracebacks {
  /// Most lines of one, in the middle of which nothing is left out.
  private static let mostLines = 64

  /// The last whole one; empty when none came since the last ``clear()``.
  private(set) var last = ""
  /// Lines of one that has not ended.
  private var lines: [String] = []

  /// The exception itself, such as `ValueError: no pin 40`: the last line of the last traceback.
  var exception: String? {
    guard let line = last.split(separator: "\n").last else { return nil }
    // One without words ends in its colon.
    return String(line.reversed().drop { $0 == " " || $0 == ":" }.reversed())
  }

  mutating func append(_ line: String) {
    if line.hasSuffix("Traceback (most recent call last):") {
      lines = ["Traceback (most recent call last):"]
    } else if !lines.isEmpty {
      lines.append(line)
      // Places are indented; the first line that is not is the exception.
      if !line.hasPrefix(" ") || lines.count > Self.mostLines {
        last = lines.joined(separator: "\n") + "\n"
        lines = []
      }
    }
  }

  mutating func clear() { self = Tracebacks() }
}
