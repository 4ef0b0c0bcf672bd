import APIClient
import ArgumentParser
import Boards
import Conformance

/// `boardwalk conform`.
struct ConformCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conform",
    abstract: "Test what a board can and cannot do.",
    discussion: """
      The board serves the conformance application for its package, from \
      Protocol/device/conformance. Each check passes, fails, or is one that the board says it \
      cannot do; the exit status is 1 when one failed. A handler that hangs is part of it, which \
      takes the board's deadline.
      """)

  @Argument(help: "The board's name.")
  var name: String

  @Flag(help: "One JSON document at the end.")
  var json = false

  @OptionGroup var choice: GatewayChoice

  func validate() throws {
    do throws(BoardConfigurationError) {
      try BoardName.check(name)
    } catch {
      throw ValidationError(error.description)
    }
  }

  func run() async throws {
    let address = try choice.address(Settings.forCommands())
    let suite = ConformanceSuite(client: APIClient(address: address), board: name)
    let printer = ConformancePrinter()
    let report =
      if json {
        try await suite.run()
      } else {
        try await suite.run(begun: printer.begin, progress: printer.print)
      }
    if json {
      try Output.standard.line(JSONLine.text(report, isPretty: true))
    } else {
      try printer.end(report.summary)
    }
    if report.summary.failed > 0 { throw ExitCode.failure }
  }
}
