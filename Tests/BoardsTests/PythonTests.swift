import DeviceFiles
import Testing

@testable import Boards

/// Python as text.
@Suite struct PythonTests {
  @Test func literalsComeBack() {
    for text in ["", "a'b\"c\\", "\n\r\t\u{0}\u{7F}", "größe 日本 🙂", "\u{1B}[2J"] {
      let literal = PythonLiteral.string(text)
      let isPrintable = literal.utf8.allSatisfy { (0x20...0x7E).contains($0) }
      #expect(isPrintable)
      #expect(PythonLiteral.parse(literal[...]) == text)
    }
    #expect(PythonLiteral.parse("\"it's\"") == "it's")
    for wrong in ["", "'", "'a", "'a\\'", "'a'b'", "'\\x4'", "'\\ud800'", "'\\q'", "a"] {
      #expect(PythonLiteral.parse(wrong[...]) == nil, "\(wrong)")
    }
  }

  @Test func sourceBecomesSmaller() {
    let source = """
      # comment
      import os  # another

      TEXT = "# none"  # one
      OTHER = 'it\\'s # none'

      LONG = \"\"\"
          # none
      \"\"\"  # one

      def f(x):
          # comment
          if x:
              return '"# none'  # one
      """
    let compact = PythonSource.compact(source)
    #expect(
      compact == """
        import os
        TEXT = "# none"
        OTHER = 'it\\'s # none'
        LONG = \"\"\"
            # none
        \"\"\"
        def f(x):
         if x:
          return '"# none'

        """)
    for end in ["\r\n", "\r"] {
      #expect(PythonSource.compact(source.replacing("\n", with: end)) == compact)
    }
    let parts = PythonSource.parts(compact).map { String($0.prefix(6)) }
    #expect(parts == ["import", "def f("])
  }

  @Test func importsAreFound() {
    let source = """
      import os, sys as system; import asyncio.core
      from httpserver.sse import EventSource
      if True:
          import boardlink
      text = "import nothing"
      """
    let found: Set = ["os", "sys", "asyncio", "httpserver", "boardlink"]
    #expect(PythonSource.imports(source) == found)
  }

  /// A board with a small heap compiles them part by part.
  @Test func toolsHaveSmallParts() {
    let tools = DeviceFile.all.filter { $0.path.hasPrefix("tools/") }
    #expect(!tools.isEmpty)
    for tool in tools where !["tools/info.py", "tools/traits.py"].contains(tool.path) {
      for part in PythonSource.parts(PythonSource.compact(tool.text)) {
        #expect(part.utf8.count <= 600, "\(tool.path)")
      }
    }
  }
}
