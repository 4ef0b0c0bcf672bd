import ArgumentParser

/// An HTTP gateway to MicroPython boards.
@main
struct Boardwalk: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boardwalk",
    abstract: "An HTTP gateway to MicroPython boards on serial lines.",
    version: "0.1.0",
    subcommands: [
      Serve.self, BoardsCommand.self, EventsCommand.self, ConfigCommand.self, ConformCommand.self,
      Simulate.self, Demo.self,
    ])
}
