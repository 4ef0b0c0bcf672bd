import ArgumentParser
import Boards
import Gateway

/// `boardwalk serve`.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve boards over HTTP.",
    discussion: """
      A board is at /boards/NAME/ and at http://NAME.localhost; the API is at /api/v1/boards. A \
      board whose port is not there yet is served when it appears, again and again.
      """)

  @Option(
    name: .customLong("board"),
    help: ArgumentHelp(
      "A board and its port; may be given many times.", valueName: "NAME=PATH[,baud=N]"))
  var boardArguments: [String] = []

  @OptionGroup var gateway: GatewayOptions

  @Option(help: ArgumentHelp("Seconds that a handler may take to begin its response."))
  var deadline: Double?

  @Option(help: ArgumentHelp("A JSON file with the same settings; options go before it."))
  var config: String?

  func run() async throws {
    let file = try config.map(ConfigurationFile.read) ?? ConfigurationFile()
    var boards: [BoardConfiguration] = []
    do throws(BoardConfigurationError) {
      for argument in boardArguments { boards.append(try BoardConfiguration(argument: argument)) }
      for entry in file.boards ?? [] where !boards.contains(where: { $0.name == entry.name }) {
        boards.append(try entry.configuration())
      }
    } catch {
      throw ValidationError(error.description)
    }
    guard !boards.isEmpty else {
      throw ValidationError(
        "No board is given. Give --board NAME=PATH, such as --board pico=/dev/ttyACM0.")
    }
    if let deadline = deadline ?? file.deadline {
      guard deadline > 0, deadline <= 86_400 else {
        throw ValidationError("--deadline is \(deadline); it must be above 0, at most 86400 s.")
      }
      for index in boards.indices { boards[index].deadline = .seconds(deadline) }
    }
    do {
      try await Application(
        boards: boards, gateway: try gateway.configuration(file: file), logLevel: gateway.logLevel
      ).run()
    } catch let error as BoardConfigurationError {
      throw ValidationError(error.description)
    }
  }
}
