import ArgumentParser
import Configuration

/// Options of the HTTP side.
struct GatewayOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where to listen: a host and a port, or unix:/PATH. (default: 127.0.0.1:8080)",
      valueName: "address"))
  var listen: String?

  @Option(
    help: ArgumentHelp(
      "NAME.DOMAIN leads to board NAME, besides NAME.localhost.", valueName: "domain"))
  var domain: String?

  @Option(
    help: ArgumentHelp(
      "More request header fields that travel to boards, parted by commas; \"all\" for all.",
      valueName: "names"))
  var forward: String?

  @Option(help: ArgumentHelp("Most bytes of a request's body. (default: 16777216)"))
  var maxBody: Int?

  @Option(
    help: ArgumentHelp("Seconds that a handler may take to begin its response. (default: 30)"))
  var deadline: Double?

  @Flag(
    help: "Let clients manage boards: read and write their files, run code, install programs.")
  var manage = false

  @Option(help: "trace, debug, info, warning or error. (default: info)")
  var log: String?

  /// What was given.
  var flags: [SettingKey: ConfigContent] {
    var flags: [SettingKey: ConfigContent] = [:]
    flags[.listen] = listen.map { .string($0) }
    flags[.domain] = domain.map { .string($0) }
    flags[.forward] = forward.map { .string($0) }
    flags[.maxBody] = maxBody.map { .int($0) }
    flags[.deadline] = deadline.map { .double($0) }
    if manage { flags[.manage] = .bool(true) }
    flags[.log] = log.map { .string($0) }
    return flags
  }

  /// For commands that read no file.
  ///
  /// - Throws: `ValidationError`.
  func settings() throws -> Settings {
    try Settings.forCommands(flags: flags)
  }
}
