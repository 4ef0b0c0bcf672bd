import ArgumentParser
import Boards

/// `boardwalk mkdir`.
struct MakeDirectoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mkdir",
    abstract: "Make directories on a board.",
    usage: """
      boardwalk mkdir [-p] <name:/path> ...
      boardwalk mkdir [-p] --port <path> <:/path> ...
      """)

  @Argument(help: ArgumentHelp("A directory that is to be on the board.", valueName: "name:/path"))
  var directories: [String]

  @Flag(
    name: [.customShort("p"), .customLong("parents")],
    help: "With those above it; one that is there already is good.")
  var parents = false

  @OptionGroup var board: BoardChoice

  private func target() throws -> (BoardPlace, [BoardPath]) {
    let paths = try directories.map(BoardChoice.path)
    return (try board.place(of: paths), paths)
  }

  func validate() throws { _ = try target() }

  func run() async throws {
    let (place, paths) = try target()
    try await BoardJob(place: place).run { [parents] board in
      var failure: ExitCode?
      for path in paths {
        do {
          try await board.makeDirectory(path.path, parents: parents)
        } catch {
          failure = Failure.exit(of: .failure(error))
          guard error.isAboutFile else { break }
        }
      }
      if let failure { throw failure }
    }
  }
}
