import ArgumentParser
import NIOCore

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
    ],
    groupedSubcommands: [
      CommandGroup(
        name: "Managing a board",
        subcommands: [
          InstallCommand.self, RunCommand.self, ExecCommand.self, ConsoleCommand.self,
          InfoCommand.self, ResetCommand.self, ListCommand.self, CopyCommand.self,
          CatCommand.self, RemoveCommand.self, MakeDirectoryCommand.self,
        ])
    ])

  static func main() async {
    // One loop for HTTP and lines: a request changes no thread on its way. It has to be said before
    // anybody asks for the loop, and a command that is its own gateway has a client as well.
    NIOSingletons.groupLoopCountSuggestion = 1
    await main(nil)
  }
}
