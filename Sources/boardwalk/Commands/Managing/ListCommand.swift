import ArgumentParser
import Boards

/// `boardwalk ls`.
struct ListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls",
    abstract: "List the files on a board.",
    usage: """
      boardwalk ls <name> [<path>] [-r] [--json]
      boardwalk ls --port <path> [<path>] [-r] [--json]
      """,
    discussion: """
      A line a file: its bytes, and its name; a directory's ends in a slash. NAME:/path is taken as \
      well. Without a path it is the root.
      """)

  @Argument(help: "The board's name; left out with --port.")
  var name: String?

  @Argument(help: "A directory or file on it.")
  var path: String?

  @Flag(name: [.short, .long], help: "With all that is below.")
  var recursive = false

  @Flag(help: "One JSON array.")
  var json = false

  @OptionGroup var board: BoardChoice

  private func target() throws -> (BoardPlace, BoardPath) {
    if path == nil, let path = name.flatMap(BoardPath.init) {
      return (try board.place(of: [path]), path)
    }
    let (place, rest) = try board.place([name, path], 0...1, "one path")
    let path = rest.first ?? "/"
    guard !BoardPath.isBoardPath(path) else {
      throw ValidationError("\"\(path)\": the board was named already; write the path alone.")
    }
    return (place, BoardPath(path: path))
  }

  func validate() throws { _ = try target() }

  func run() async throws {
    let (place, path) = try target()
    try await BoardJob(place: place).run { [recursive, json] board in
      guard let entry = try await board.entry(path.path) else {
        throw Complaint("there is no file \(path.path) on the board")
      }
      let isDirectory = entry.type == .directory
      let entries =
        isDirectory
        ? try await board.list(path.path, recursive: recursive, checksums: false) : [entry]
      let text =
        json
        ? JSONLine.text(entries, isPretty: true) + "\n"
        : Self.text(entries, below: isDirectory ? path.path : "")
      try await Output.standard.send(Array(text.utf8))
    }
  }

  /// - Parameter directory: whose path is left out.
  static func text(_ entries: [FileEntry], below directory: String) -> String {
    let sizes = entries.map { $0.type == .directory ? "" : ByteText.grouped($0.size) }
    let width = sizes.map(\.count).max() ?? 0
    let prefix = directory.hasSuffix("/") ? directory : directory + "/"
    return zip(entries, sizes).map { entry, size in
      var name = entry.path
      if !directory.isEmpty, name.hasPrefix(prefix) { name.removeFirst(prefix.count) }
      if entry.type == .directory { name += "/" }
      return String(repeating: " ", count: width - size.count) + size + "  "
        + Printable.text(name) + "\n"
    }.joined()
  }
}
