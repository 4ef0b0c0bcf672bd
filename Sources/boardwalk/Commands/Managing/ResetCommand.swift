import ArgumentParser
import Boards

/// `boardwalk reset`.
struct ResetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reset",
    abstract: "Start a board anew.",
    usage: """
      boardwalk reset <name> [--hard | --bootloader]
      boardwalk reset --port <path> [--hard | --bootloader]
      """,
    discussion: "Without an option the interpreter starts anew, and main.py with it.")

  @Argument(help: "The board's name; left out with --port.")
  var name: String?

  @Flag(help: "The machine starts anew, as after power-up.")
  var hard = false

  @Flag(help: "The machine starts its boot loader, to be flashed.")
  var bootloader = false

  @OptionGroup var board: BoardChoice

  private func place() throws -> BoardPlace { try board.place([name]).place }

  func validate() throws {
    if hard, bootloader { throw ValidationError("Give --hard or --bootloader, not both.") }
    _ = try place()
  }

  func run() async throws {
    let place = try place()
    let mode: Board.ResetMode = bootloader ? .bootloader : hard ? .hard : .soft
    try await BoardJob(place: place).run { board in
      try await board.reset(mode)
      let what = mode == .bootloader ? "was sent to its boot loader" : "starts anew"
      try Output.standard.line("\(Printable.text(place.title)) \(what)")
    }
  }
}
