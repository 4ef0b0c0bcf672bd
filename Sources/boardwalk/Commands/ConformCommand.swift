import ArgumentParser
import Boards
import Conformance

/// `boardwalk conform`.
struct ConformCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conform",
    abstract: "Test what a board can and cannot do.",
    usage: "boardwalk conform <name> [--json]\nboardwalk conform --port <path> [--json]",
    discussion: """
      The board serves the conformance application for its package, from \
      Protocol/device/conformance. Each check passes, fails, or is one that the board says it \
      cannot do; the exit status is 1 when one failed. A handler that hangs is part of it, which \
      takes the board's deadline.
      """)

  @Argument(help: "The board's name; left out with --port.")
  var name: String?

  @Flag(help: "One JSON document at the end.")
  var json = false

  @OptionGroup var board: BoardChoice

  private func place() throws -> BoardPlace { try board.place([name]).place }

  func validate() throws { _ = try place() }

  func run() async throws {
    try await BoardJob(place: try place()).run { [json] board in
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
