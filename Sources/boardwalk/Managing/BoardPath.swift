import Boards

/// A path on a board, as people write it: `NAME:/path`, or `:/path` for the board at `--port`.
struct BoardPath: Hashable, Sendable {
  /// The board's name; nil where it is left out.
  var board: String?
  /// From the root, without anything that could be left out, such as `/lib/app.py`.
  var path: String
  /// It was written so that only a directory can be meant.
  var isDirectory: Bool

  /// - Parameter path: from the root, whether it begins with a slash or not.
  init(board: String? = nil, path: String) {
    self.board = board
    self.path = Self.normal(path)
    isDirectory = ["", ".", ".."].contains(
      path.split(
        separator: "/", omittingEmptySubsequences: false
      ).last.map(String.init) ?? "")
  }

  /// Reads `NAME:/path`, `NAME:path` and `:/path`.
  ///
  /// - Returns: nil for what is no path on a board but one on this machine.
  init?(_ text: String) {
    guard Self.isBoardPath(text), let colon = text.firstIndex(of: ":") else { return nil }
    let name = String(text[..<colon])
    self.init(board: name.isEmpty ? nil : name, path: String(text[text.index(after: colon)...]))
  }

  /// Whether there is a colon before any slash; `./a:b` is a file on this machine.
  static func isBoardPath(_ text: String) -> Bool {
    text.first { $0 == ":" || $0 == "/" } == ":"
  }

  /// The last component; empty for the root.
  var name: String { Self.name(of: path) }

  /// The last component of a path; empty for one that ends in a slash, or in `.` or `..`.
  static func name(of path: String) -> String {
    let last = path.split(separator: "/").last.map(String.init) ?? ""
    return last == "." || last == ".." ? "" : last
  }

  /// The path of something in a directory; the directory's own when there is nothing to add.
  static func join(_ directory: String, _ name: String) -> String {
    if name.isEmpty { return directory }
    return directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }

  /// Without empty components, `.` and `..`; above the root is the root.
  private static func normal(_ path: String) -> String {
    var components: [Substring] = []
    for component in path.split(separator: "/") {
      switch component {
      case ".": break
      case "..": _ = components.popLast()
      default: components.append(component)
      }
    }
    return "/" + components.joined(separator: "/")
  }
}
