import HTTPTypes

/// What a client would like (RFC 7240).
enum Preference {
  /// Longest time that a client can have the gateway wait.
  private static let longest = 300

  /// How long to wait for a board that is away: `Prefer: wait=5`, in seconds, at most 300.
  static func wait(in fields: HTTPFields) -> Duration? {
    for value in fields[values: .prefer] {
      for preference in value.split(separator: ",") {
        let parts = preference.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, trimmed(parts[0]).lowercased() == "wait",
          let seconds = Int(trimmed(parts[1])), seconds > 0
        else { continue }
        return .seconds(min(seconds, longest))
      }
    }
    return nil
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while text.first == " " || text.first == "\"" { text.removeFirst() }
    while text.last == " " || text.last == "\"" { text.removeLast() }
    return text
  }
}
