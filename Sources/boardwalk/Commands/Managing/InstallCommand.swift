import ArgumentParser
import Boards

/// `boardwalk install`.
struct InstallCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install",
    abstract: "Bring a board with stock MicroPython to serve a program.",
    usage: """
      boardwalk install <name> [<app> ...] [--at-boot | --run]
      boardwalk install --port <path> [<app> ...] [--at-boot | --run]
      """,
    discussion: """
      Puts the device package and the program on the board, and starts the program. The first app is \
      the program; what follows are files and directories that it needs, which keep their names. A \
      directory as the first is the program's own: what is in it goes to the board's root, and its \
      app.py or main.py is the program. Without an app only the package is put there. Exits with 1 \
      when the board does not serve then.
      """)

  @Argument(help: "The board's name; left out with --port.")
  var name: String?

  @Argument(help: ArgumentHelp("The program, and what it needs.", valueName: "app"))
  var apps: [String] = []

  @Flag(help: "Start the program at power-up, and now. (default)")
  var atBoot = false

  @Flag(name: .customLong("run"), help: "Start the program now, and not at power-up.")
  var startsNow = false

  @Flag(name: [.short, .long], help: "Print nothing but errors.")
  var quiet = false

  @OptionGroup var board: BoardChoice

  private func target() throws -> (BoardPlace, apps: [String]) {
    let (place, apps) = try board.place([name] + apps, 0...Int.max, "files")
    return (place, apps)
  }

  func validate() throws {
    if atBoot, startsNow { throw ValidationError("Give --at-boot or --run, not both.") }
    _ = try target()
  }

  func run() async throws {
    let (place, apps) = try target()
    let application: ApplicationFiles
    do throws(Complaint) {
      application = try ApplicationFiles(apps)
    } catch {
      throw Failure.exit(for: error)
    }
    let start: Installation.Start = apps.isEmpty ? .never : startsNow ? .now : .atBoot
    try await BoardJob(place: place).run { [quiet] board in
      var steps = InstallSteps(isQuiet: quiet)
      let answer: InstallAnswer
      do {
        answer = try await board.install(application, start: start) { try await steps.show($0) }
      } catch {
        try? await steps.end()
        throw error
      }
      try await steps.end()
      if !quiet {
        let text = answer.summary(board: place.title) + "\n"
        try await Output.standard.send(Array(text.utf8))
      }
      guard start != .never else { return }
      guard answer.serving else {
        throw Complaint(answer.failure(board: place.title))
      }
      guard !quiet else { return }
      let text = "\(place.title) serves" + (place.url(of: board).map { ": \($0)" } ?? ".")
      try await Output.standard.send(Array((Printable.text(text) + "\n").utf8))
    }
  }
}

/// The steps of an installation, shown as they come.
private struct InstallSteps {
  private let isQuiet: Bool
  private var display: ProgressDisplay?
  private var current: Installation.Progress?

  init(isQuiet: Bool) { self.isQuiet = isQuiet }

  mutating func show(_ step: Installation.Progress) async throws {
    var display = display ?? ProgressDisplay(total: step.totalSize, isQuiet: isQuiet)
    if current?.path != step.path {
      if let current { try await display.end(size: current.size) }
      try await display.begin(step.path, size: step.size)
    }
    try await display.advance(to: step.done)
    current = step
    self.display = display
  }

  mutating func end() async throws {
    if let current, current.done == current.size { try await display?.end(size: current.size) }
    try await display?.erase()
  }
}
