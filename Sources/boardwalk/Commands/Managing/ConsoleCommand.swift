import ArgumentParser

/// `boardwalk console`.
struct ConsoleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "console",
    abstract: "Be a board's terminal: its REPL, or what it prints while it serves.",
    usage: "boardwalk console <name>\nboardwalk console --port <path>",
    discussion: """
      Ctrl-] leaves; all other keys go to the board, Ctrl-C and Ctrl-D among them. While the board \
      serves only Ctrl-C does. It stays when the board is unplugged, and goes on when it is back. \
      Standard input that is no terminal is typed with returns for line ends, and the console ends \
      when it has ended and the board wrote nothing for a second.
      """)

  @Argument(help: "The board's name; left out with --port.")
  var name: String?

  @OptionGroup var board: BoardChoice

  private func place() throws -> BoardPlace { try board.place([name]).place }

  func validate() throws { _ = try place() }

  func run() async throws {
    let place = try place()
    try await BoardJob(place: place).run { board in
      try await ConsoleSession(board: board, title: place.title).run()
    }
  }
}
