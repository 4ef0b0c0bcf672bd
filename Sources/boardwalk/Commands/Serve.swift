import ArgumentParser
import Gateway

/// `boardwalk serve`.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve boards over HTTP.",
    discussion: """
      A board is at /boards/NAME/ and at http://NAME.localhost; the API is at /api/v1/boards. A \
      board is served when it is plugged in, again and again: those that are given, and those whose \
      ids only MicroPython firmware has. Options go before the environment (BOARDWALK_LISTEN and so \
      on), that before the file; SIGHUP has the file read again.
      """)

  @OptionGroup var options: ServeOptions

  @Option(help: ArgumentHelp("A JSON file with the same settings.", valueName: "file"))
  var config: String?

  func run() async throws {
    let settings: Settings
    do throws(SettingProblems) {
      settings = try options.settings(file: config)
    } catch {
      // The service's unit does not try again after this status.
      throw Failure.exit(for: error, .validationFailure)
    }
    var application = Application(settings)
    if config != nil {
      application.readAgain = { [self] () throws(SettingProblems) in
        try options.settings(file: config)
      }
    }
    try await application.run()
  }
}
