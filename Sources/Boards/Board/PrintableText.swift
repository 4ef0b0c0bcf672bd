/// What a board says, fit for a log that people read in a terminal: one line, no control characters,
/// and no more than 300 characters.
func printable(_ text: String) -> String {
  var clean = ""
  for scalar in text.unicodeScalars.prefix(300) {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
      clean.append("\u{FFFD}")
    default: clean.unicodeScalars.append(scalar)
    }
  }
  return clean
}
