import ArgumentParser
import Boards
import Conformance
import DeviceFiles

/// `boardwalk conform`.
struct ConformCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conform",
    abstract: "Test what a board can and cannot do.",
    usage: """
      boardwalk conform <name> [--install <package>] [--json]
      boardwalk conform --port <path> [--install <package>] [--json]
      """,
    discussion: """
      The board serves the conformance application for its package; --install puts both there, and \
      starts the application, until the next reset unless the board is small. Each check passes, fails, or is one that the board says it \
      cannot do; the exit status is 1 when one failed. A handler that hangs is part of it, which \
      takes the board's deadline.
      """)

  @Argument(help: "The board's name; left out with --port.")
  var name: String?

  @Option(help: "Install it first: ahttpserver, httpserver, or small for the smallest boards.")
  var install: ConformancePackage?

  @Flag(help: "One JSON document at the end.")
  var json = false

  @OptionGroup var board: BoardChoice

  private func place() throws -> BoardPlace { try board.place([name]).place }

  func validate() throws { _ = try place() }

  func run() async throws {
    try await BoardJob(place: try place()).run { [json, install] board in
      if let install {
        let answer = try await board.install(
          try install.application, start: install.start
        ) { _ in }
        guard answer.serving else { throw Complaint(answer.failure(board: board.name)) }
      }
      let suite = ConformanceSuite(client: board.client, board: board.name)
      let report: ConformanceReport
      if json {
        report = try await suite.run()
        try Output.standard.line(JSONLine.text(report, isPretty: true))
      } else {
        let printer = ConformancePrinter()
        report = try await suite.run(begun: printer.begin, progress: printer.print)
        try printer.end(report.summary)
      }
      if report.summary.failed > 0 { throw ExitCode.failure }
    }
  }
}

/// The package that a conformance application is for.
enum ConformancePackage: String, ExpressibleByArgument, CaseIterable {
  case ahttpserver, httpserver, small

  /// A small heap has no room for it beside the REPL: there it also starts at power-up.
  var start: Installation.Start { self == .small ? .atBoot : .now }

  /// Out of what travels in this program.
  var application: ApplicationFiles {
    get throws(Complaint) {
      let name = "conform_\(rawValue).py"
      guard let file = DeviceFile.all.first(where: { $0.path == "conformance/\(name)" }) else {
        throw Complaint("this program was built without \(name)")
      }
      return ApplicationFiles([Installation.File(path: name, bytes: Array(file.text.utf8))])
    }
  }
}
