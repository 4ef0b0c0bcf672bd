import ArgumentParser
import Boards

/// `boardwalk cat`.
struct CatCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cat",
    abstract: "Print files of a board as they are.",
    usage: """
      boardwalk cat <name:/path> ...
      boardwalk cat --port <path> <:/path> ...
      """)

  @Argument(help: ArgumentHelp("A file on the board.", valueName: "name:/path"))
  var files: [String]

  @OptionGroup var board: BoardChoice

  private func target() throws -> (BoardPlace, [BoardPath]) {
    let paths = try files.map(BoardChoice.path)
    return (try board.place(of: paths), paths)
  }

  func validate() throws { _ = try target() }

  func run() async throws {
    let (place, paths) = try target()
    try await BoardJob(place: place).run { board in
      for path in paths {
        _ = try await board.read(path.path) { try await Output.standard.send($0) }
      }
    }
  }
}
