/// Colours, where the terminal has them.
struct TextStyle {
  let hasColours: Bool

  /// For what matters less.
  func faint(_ text: String) -> String { wrapped(text, "2") }

  /// For headings.
  func bold(_ text: String) -> String { wrapped(text, "1") }

  /// In the colour of a type of event, or of a board's state.
  func coloured(_ text: String, as kind: String) -> String {
    switch kind {
    case "attached", "plugged", "serving", "passed": wrapped(text, "32")
    case "exception", "failed": wrapped(text, "31")
    case "detached", "unplugged", "reset", "lost", "not serving", "held", "cannot":
      wrapped(text, "33")
    case "state": wrapped(text, "36")
    case "emit": wrapped(text, "35")
    case "request": wrapped(text, "34")
    case "absent": wrapped(text, "2")
    default: text
    }
  }

  private func wrapped(_ text: String, _ code: String) -> String {
    hasColours ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
