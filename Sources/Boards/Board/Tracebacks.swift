/// Finds the tracebacks of programs in what a board prints.
struct Tracebacks {
  /// Most lines of one, in the middle of which nothing is left out.
  private static let mostLines = 64

  /// The last whole one; empty when none came since the last ``clear()``.
  private(set) var last = ""
  /// Lines of one that has not ended.
  private var lines: [String] = []

  /// The exception itself: the last line of the last traceback.
  var exception: String? {
    last.split(separator: "\n").last.map(String.init)
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
