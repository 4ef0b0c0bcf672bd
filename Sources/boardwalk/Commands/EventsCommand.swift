import APIClient
import ArgumentParser
import Events

/// `boardwalk events`.
struct EventsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "Follow what happens on a gateway's boards.",
    discussion: """
      One line an event: time, board, type, and what happened. Goes on by itself after a restart of \
      the gateway, and says so. Ctrl-C ends it.
      """)

  @Option(
    name: .customLong("board"),
    help: ArgumentHelp("Only this board's; may be given many times.", valueName: "name"))
  var boards: [String] = []

  @Option(
    name: .customLong("type"),
    help: ArgumentHelp(
      "Only events of this type; may be given many times: "
        + EventType.allCases.map(\.rawValue).joined(separator: ", ") + ".", valueName: "type"))
  var types: [String] = []

  @Flag(help: "One JSON object a line, as the API gives it.")
  var json = false

  @Option(help: ArgumentHelp("Begin after this event.", valueName: "id"))
  var after: String?

  @OptionGroup var choice: GatewayChoice

  func validate() throws {
    do throws(EventFilterError) {
      _ = try EventFilter(boardValues: boards, typeValues: types)
    } catch {
      throw ValidationError(error.description)
    }
    if let after, EventID(after) == nil {
      throw ValidationError("\"\(after)\" is no event's id; take one from the events' JSON.")
    }
  }

  func run() async throws {
    let query =
      boards.map { "board=" + $0.percentEncoded } + types.map { "type=" + $0.percentEncoded }
    let follower = EventFollower(
      address: try choice.address(Settings.forCommands()),
      target: "/api/v1/events" + (query.isEmpty ? "" : "?" + query.joined(separator: "&")),
      after: after)
    try await Following.run { [json] in
      var printer = EventPrinter(json: json)
      for try await element in follower { try printer.print(element) }
    }
  }
}
