import Boards

/// A path on a board, as people write it: `NAME:/path`, or `:/path` for the board at `--port`.
struct BoardPath: Hashable, Sendable {
  /// The board's name; nil where it is left out.
  var board: String?
  /// From the root, without anything that could be left out, such as `/lib/app.py`.
  var path: String
  /// The last component; empty for the root, and where it was written with `/.` behind, which means
  /// what is in the directory.
  var name: String
  /// It was written so that only a directory can be meant.
  var isDirectory: Bool

  /// - Parameter path: from the root, whether it begins with a slash or not.
  init(board: String? = nil, path: String) {
    self.board = board
    self.path = Self.normal(path)
    name = Self.name(of: path)
    isDirectory = ["", ".", ".."].contains(Self.components(path).last ?? "")
  }

  /// Reads `NAME:/path`, `NAME:path` and `:/path`.
  ///
  /// - Returns: nil for what is no path on a board but one on this machine.
  init?(_ text: String) {
    let scalars = text.unicodeScalars
    guard Self.isBoardPath(text), let colon = scalars.firstIndex(of: ":") else { return nil }
    let name = String(scalars[..<colon])
    self.init(board: name.isEmpty ? nil : name, path: String(scalars[colon...].dropFirst()))
  }

  /// Whether there is a colon before any slash; `./a:b` is a file on this machine.
  static func isBoardPath(_ text: String) -> Bool {
    text.unicodeScalars.first { $0 == ":" || $0 == "/" } == ":"
  }

  /// The last component of a path; empty for the root, and for one that ends in `.` or `..`.
  static func name(of path: String) -> String {
    let last = components(path).last { !$0.isEmpty } ?? ""
    return last == "." || last == ".." ? "" : last
  }

  /// What is between slashes, by bytes: with an accent behind it, a slash is one all the same.
  static func components(_ path: String) -> [String] {
    path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
  }

  /// The path of something in a directory; the directory's own when there is nothing to add.
  static func join(_ directory: String, _ name: String) -> String {
    if name.isEmpty { return directory }
    return directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }

  /// Without empty components, `.` and `..`; above the root is the root.
  private static func normal(_ path: String) -> String {
    var names: [String] = []
    for component in components(path) {
      switch component {
      case "", ".": break
      case "..": _ = names.popLast()
      default: names.append(component)
      }
    }
    return "/" + names.joined(separator: "/")
  }
}
