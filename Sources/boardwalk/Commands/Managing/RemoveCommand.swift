import ArgumentParser
import Boards

/// `boardwalk rm`.
struct RemoveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm",
    abstract: "Remove files from a board.",
    usage: """
      boardwalk rm [-r] <name:/path> ...
      boardwalk rm [-r] --port <path> <:/path> ...
      """,
    discussion: "What cannot be removed is said, and the others are.")

  @Argument(
    help: ArgumentHelp("A file or an empty directory on the board.", valueName: "name:/path"))
  var files: [String]

  @Flag(name: [.short, .long], help: "Directories with all that is in them.")
  var recursive = false

  @OptionGroup var board: BoardChoice

  private func target() throws -> (BoardPlace, [BoardPath]) {
    let paths = try files.map(BoardChoice.path)
    guard !paths.contains(where: { $0.path == "/" }) else {
      throw ValidationError("The root cannot be removed; name what is in it.")
    }
    return (try board.place(of: paths), paths)
  }

  func validate() throws { _ = try target() }

  func run() async throws {
    let (place, paths) = try target()
    try await BoardJob(place: place).run { [recursive] board in
      var failure: ExitCode?
      for path in paths {
        do {
          try await board.remove(path.path, recursive: recursive)
        } catch {
          failure = Failure.exit(of: .failure(error))
          // What is not about this file would be the same with the next.
          guard error.isAboutFile else { break }
        }
      }
      if let failure { throw failure }
    }
  }
}
