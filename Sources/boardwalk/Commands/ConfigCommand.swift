import ArgumentParser

/// `boardwalk config`.
struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Check the settings, and say where each comes from.",
    discussion: """
      Takes the options of `boardwalk serve`, the same environment, and the file, and serves nothing. \
      Exits with 1 when something is wrong: each line says where, what, and what to write instead.
      """)

  @Flag(help: "The same, for scripts that like to say what they do.")
  var check = false

  @Argument(help: "The file of settings.")
  var file: String?

  @OptionGroup var options: ServeOptions

  func run() async throws {
    let settings: Settings
    do throws(SettingProblems) {
      settings = try options.settings(file: file)
    } catch {
      throw Failure.exit(for: error, .failure)
    }
    var table = TextTable(header: nil)
    for line in settings.origins {
      table.add([line.name, line.value, line.origin.label].map(Printable.text))
    }
    try Output.ignoringClosed { try Output.standard.write(table.description) }
  }
}
