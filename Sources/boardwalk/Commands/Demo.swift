import ArgumentParser
import Boards
import Gateway
import Simulator

/// `boardwalk demo`.
struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve a simulated board with a demo page.",
    discussion: "The board is a real MicroPython on a pseudo-terminal. Ctrl-C ends all of it.")

  @OptionGroup var gateway: GatewayOptions
  @OptionGroup var line: LineOptions

  func run() async throws {
    let files = try BoardDirectory.packages(with: "demo")
    defer { files.remove() }
    let port = files.path + "/port"
    var simulated = SimulatedBoard.Configuration(
      .app(files.path + "/demo/main.py", packages: [files.path]))
    simulated.link = port
    try line.apply(to: &simulated)
    let board = SimulatedBoard(simulated)
    var options = BoardOptions()
    options.lineRate = line.baud.map { $0 / 10 }
    var settings = try gateway.settings()
    options.deadline = settings.deadline
    settings.boards = []
    settings.claimsByDefault = false
    settings.history = nil
    var application = Application(settings)
    application.boards = [.path(name: "demo", path: port, options)]
    application.isDiscovering = false
    application.companions = [SimulatedBoardService(board: board)]
    application.onRunning = { port in
      Console.print(
        """
        A simulated board runs the demo. Ctrl-C ends it.

          the board's own page     http://demo.localhost:\(port)/
          JSON from the board      curl http://127.0.0.1:\(port)/boards/demo/api/date
          what the gateway knows   curl http://127.0.0.1:\(port)/api/v1/boards/demo
          what happens, live       curl -N http://127.0.0.1:\(port)/api/v1/boards/demo/events

        """)
    }
    try await application.run()
    Console.print("The demo has ended.")
  }
}
