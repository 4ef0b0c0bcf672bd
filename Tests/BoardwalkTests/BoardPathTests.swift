import Testing

@testable import boardwalk

@Suite struct BoardPathTests {
  @Test(
    arguments: [
      ("pico:/lib/app.py", "pico", "/lib/app.py", false),
      ("pico:lib/app.py", "pico", "/lib/app.py", false),
      (":/app.py", nil, "/app.py", false),
      ("pico:", "pico", "/", true),
      ("pico:/", "pico", "/", true),
      ("pico:/lib/", "pico", "/lib", true),
      ("pico://lib//./x/..", "pico", "/lib", true),
      ("pico:/../../x", "pico", "/x", false),
      ("pico:/a:b", "pico", "/a:b", false),
      ("pico:/a/\u{301}b", "pico", "/a/\u{301}b", false),
      ("pico:/a/../\u{301}", "pico", "/\u{301}", false),
    ] as [(String, String?, String, Bool)])
  func read(text: String, board: String?, path: String, isDirectory: Bool) {
    let found = BoardPath(text)
    #expect(found?.board == board)
    #expect(found?.path == path)
    #expect(found?.isDirectory == isDirectory)
  }

  @Test(arguments: ["app.py", "./a:b", "/tmp/a:b", "", "lib/pico:/x"])
  func whatIsOfThisMachine(text: String) { #expect(BoardPath(text) == nil) }

  @Test(arguments: [
    ("lib", "lib"), ("a/lib/", "lib"), ("/", ""), ("a/\u{301}b", "\u{301}b"), (".", ""),
    ("lib/.", ""), ("..", ""), ("", ""),
  ])
  func lastName(path: String, name: String) { #expect(BoardPath.name(of: path) == name) }

  @Test(arguments: [("/", "a", "/a"), ("/lib", "a", "/lib/a"), ("x", "", "x"), ("x/", "a", "x/a")])
  func join(directory: String, name: String, path: String) {
    #expect(BoardPath.join(directory, name) == path)
  }
}
