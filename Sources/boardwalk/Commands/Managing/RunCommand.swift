import ArgumentParser
import Boards

/// `boardwalk run`.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a program on a board from memory.",
    usage: """
      boardwalk run <name> <file> [--detach]
      boardwalk run --port <path> <file> [--detach]
      """,
    discussion: """
      Nothing is stored on the board. What the program prints comes as it prints it; a server in it \
      serves. Ctrl-C interrupts it. Exits with 1, and the traceback on standard error, when it \
      raised.
      """)

  @Argument(help: "The board's name; left out with --port.")
  var name: String?

  @Argument(help: "The program's file; - for standard input.")
  var file: String?

  @Flag(help: "Let it run on, and do not wait for its end.")
  var detach = false

  @OptionGroup var board: BoardChoice

  private func target() throws -> (BoardPlace, file: String) {
    let (place, rest) = try board.place([name, file], 1...1, "one program's file")
    return (place, rest[0])
  }

  func validate() throws { _ = try target() }

  func run() async throws {
    let (place, file) = try target()
    let code = try Program.read(file)
    var job = BoardJob(place: place)
    guard detach else {
      job.interrupt = Program.interrupt
      return try await job.run { board in
        try Program.end(with: try await board.runProgram(code, output: Program.print))
      }
    }
    try await job.run { board in
      try await board.startProgram(code)
      try Output.standard.line(Printable.text("\(file) runs on \(place.title)"))
    }
  }
}
