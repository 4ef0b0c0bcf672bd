/// Python source that becomes smaller before it is sent.
enum PythonSource {
  /// The source without comments and empty lines, indented by single spaces.
  ///
  /// - Parameter text: indented by fours, as this project's device files are.
  static func compact(_ text: String) -> String {
    var result = ""
    for line in lines(text) {
      if line.beginsInString {
        result += line.code + "\n"
        continue
      }
      let body = line.body
      guard !body.isEmpty else { continue }
      let depth = (line.code.count - body.count) / 4
      result += String(repeating: " ", count: depth) + body + "\n"
    }
    return result
  }

  struct Line {
    /// Without a comment, and without blanks at its end.
    let code: Substring
    let beginsInString: Bool

    var isIndented: Bool { code.first.map(Self.isBlank) ?? false }
    /// The code without its indentation.
    var body: Substring { code.drop(while: Self.isBlank) }

    private static func isBlank(_ character: Character) -> Bool {
      character == " " || character == "\t"
    }
  }

  /// The lines of source, which LF, CRLF and CR end; CRLF is one character.
  static func lines(_ text: String) -> [Line] {
    var scanner = LineScanner()
    return text.split(omittingEmptySubsequences: false) { ["\n", "\r\n", "\r"].contains($0) }
      .map { line in
        let beginsInString = scanner.isInString
        return Line(code: scanner.code(of: line), beginsInString: beginsInString)
      }
  }

  /// The top-level parts of compact source, each of which can be compiled by itself: every
  /// definition, and the statements between two.
  static func parts(_ compact: String) -> [String] {
    var parts: [String] = []
    var isDefinition = true
    for line in compact.split(separator: "\n") {
      let begins = line.hasPrefix("def ")
      if begins || (isDefinition && !line.hasPrefix(" ")) {
        parts.append("")
        isDefinition = begins
      }
      parts[parts.count - 1] += line + "\n"
    }
    return parts
  }

  /// Whether a name can stand for a module or variable.
  static func isIdentifier(_ name: String) -> Bool {
    guard let first = name.utf8.first, !keywords.contains(name) else { return false }
    return !(0x30...0x39).contains(first)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  private static let keywords: Set<String> = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in",
    "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with",
    "yield",
  ]

  /// Names of the modules that source imports, as far as lines tell: those before the first dot.
  static func imports(_ text: String) -> Set<String> {
    var names: Set<String> = []
    for statement in text.split(whereSeparator: { $0.isNewline || $0 == ";" }) {
      let words = statement.split { $0 == " " || $0 == "\t" || $0 == "," || $0 == "\\" }
      switch words.first {
      case "from": names.formUnion(words.dropFirst().prefix(1).compactMap(top))
      case "import":
        var isAlias = false
        for word in words.dropFirst() {
          if word == "as" {
            isAlias = true
          } else if isAlias {
            isAlias = false
          } else {
            if let name = top(word) { names.insert(name) }
          }
        }
      default: break
      }
    }
    return names

    func top(_ module: Substring) -> String? { module.split(separator: ".").first.map(String.init) }
  }
}

/// Goes through source line by line, and knows what is a string.
private struct LineScanner {
  /// The quotation mark of the string that a line ended in; three of them.
  private var open: Character?

  var isInString: Bool { open != nil }

  /// The line without its comment, and without blanks at its end unless these are in a string.
  mutating func code(of line: Substring) -> Substring {
    var rest = line
    var quote = open
    var isLong = open != nil
    while let character = rest.first {
      if let current = quote {
        if character == "\\" {
          rest = rest.dropFirst(2)
        } else if character == current,
          !isLong || rest.hasPrefix(String(repeating: current, count: 3))
        {
          rest = rest.dropFirst(isLong ? 3 : 1)
          quote = nil
        } else {
          rest = rest.dropFirst()
        }
      } else if character == "#" {
        break
      } else if character == "\"" || character == "'" {
        isLong = rest.hasPrefix(String(repeating: character, count: 3))
        quote = character
        rest = rest.dropFirst(isLong ? 3 : 1)
      } else {
        rest = rest.dropFirst()
      }
    }
    open = isLong ? quote : nil
    var code = line[..<rest.startIndex]
    if open == nil { while code.last == " " || code.last == "\t" { code.removeLast() } }
    return code
  }
}
