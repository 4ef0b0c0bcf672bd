import ArgumentParser
import Boards

/// `boardwalk exec`.
struct ExecCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Run a piece of Python code on a board.",
    usage: """
      boardwalk exec <name> <code> [--limit <time>]
      boardwalk exec --port <path> <code> [--limit <time>]
      """,
    discussion: """
      What it prints comes as it prints it. A program that runs on the board is interrupted, and \
      started anew afterwards. Exits with 1, and the traceback on standard error, when the code \
      raised.
      """)

  @Argument(help: "The board's name; left out with --port.")
  var name: String?

  @Argument(help: "The code; - for standard input.")
  var code: String?

  @Option(help: ArgumentHelp("How long it may take. (default: 10s)", valueName: "time"))
  var limit: String?

  @OptionGroup var board: BoardChoice

  private func target() throws -> (BoardPlace, code: String) {
    let (place, rest) = try board.place([name, code], 1...1, "one piece of code")
    return (place, rest[0])
  }

  func validate() throws { _ = try target() }

  func run() async throws {
    let (place, text) = try target()
    let code = text == "-" ? try Program.read(text) : Array(text.utf8)
    var job = BoardJob(place: place)
    job.interrupt = Program.interrupt
    try await job.run { [limit] board in
      try Program.end(
        with: try await board.execute(code, limit: limit, output: Program.print))
    }
  }
}
