import ArgumentParser
import DeviceDiscovery

/// `boardwalk boards`.
struct BoardsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boards",
    abstract: "List what is plugged in, what claims it, and how the boards are.",
    discussion: """
      Opens no port. Asks the gateway if one runs; else it looks at this machine, and says what a \
      gateway with these settings would claim.
      """)

  @Flag(help: "One JSON document; with --watch one JSON object a line.")
  var json = false

  @Flag(help: "Go on with each change. Ctrl-C ends it.")
  var watch = false

  @OptionGroup var choice: GatewayChoice

  @Option(help: ArgumentHelp("The gateway's file of settings.", valueName: "file"))
  var config: String?

  func run() async throws {
    let settings = try Settings.forCommands(file: config)
    let isGiven = try choice.given() != nil
    let watching = Watching(
      address: try choice.address(settings), settings: settings, json: json,
      isGatewayGiven: isGiven)
    if watch {
      try await Following.run { try await watching.run() }
    } else {
      let listing = try await watching.listing()
      try Output.ignoringClosed { try watching.show(listing) }
    }
  }
}
