import ArgumentParser
import Boards

/// `boardwalk cp`.
struct CopyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cp",
    abstract: "Copy files to a board, or from it.",
    usage: """
      boardwalk cp [-r] <from> ... <name:/to>
      boardwalk cp [-r] <name:/from> ... <to>
      boardwalk cp [-r] --port <path> <from> ... <:/to>
      """,
    discussion: """
      Names are as with the cp of Unix: `cp -r lib pico:/` makes /lib, `cp -r lib/. pico:/` copies \
      what is in it. Only what differs is copied, as checksums tell. A file is there whole or not at all.
      """)

  @Argument(
    help: ArgumentHelp(
      "Files, and where to; one side is a board's, NAME:/path, or :/path with --port. Write ./a:b "
        + "for a file a:b of this machine.", valueName: "path"))
  var paths: [String]

  @Flag(name: [.short, .long], help: "Directories with all that is in them.")
  var recursive = false

  @Flag(name: [.short, .long], help: "Print nothing but errors.")
  var quiet = false

  @OptionGroup var board: BoardChoice

  private enum Direction {
    case up([String], BoardPath)
    case down([BoardPath], String)
  }

  private func direction() throws -> (BoardPlace, Direction) {
    guard let to = paths.last, paths.count > 1 else {
      throw ValidationError("Copy what, and where to? Give at least two paths.")
    }
    let from = Array(paths.dropLast())
    let isFromBoard = from.contains(where: BoardPath.isBoardPath)
    if let to = BoardPath(to) {
      guard !isFromBoard else {
        throw ValidationError("Both sides are a board's. Copy to this machine first, then from it.")
      }
      return (try board.place(of: [to]), .up(from, to))
    }
    guard isFromBoard else {
      throw ValidationError(
        "No side is a board's. Write NAME:/path, or :/path with --port, for a path on a board.")
    }
    let sources = try from.map(BoardChoice.path)
    return (try board.place(of: sources), .down(sources, to))
  }

  func validate() throws { _ = try direction() }

  func run() async throws {
    let (place, direction) = try direction()
    try await BoardJob(place: place).run { [recursive, quiet] board in
      let summary: CopyRun.Summary
      switch direction {
      case .up(let sources, let target):
        let upload = Upload(
          board: board, sources: sources, target: target, isRecursive: recursive)
        summary = try await upload.perform(try await upload.plan(), isQuiet: quiet)
      case .down(let sources, let target):
        let download = Download(
          board: board, sources: sources, target: target, isRecursive: recursive)
        summary = try await download.perform(try await download.plan(), isQuiet: quiet)
      }
      if !quiet { try await Output.standard.send(Array("\(summary)\n".utf8)) }
    }
  }
}
