import ArgumentParser
import ServiceLifecycle
import Simulator
import UnixSignals

/// `boardwalk simulate`.
struct Simulate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a real MicroPython behind a simulated serial line.",
    discussion: """
      Prints the port, which `boardwalk serve --board NAME=PORT` takes. A program finds \
      ahttpserver and httpserver, and not others of these names that are beside it; a byte 03 on \
      the line interrupts it, as on a board. Without a program the board is as it comes: the \
      REPL, and files of its own, none at first.
      """)

  @Argument(help: "The program that the board runs.")
  var app: String?

  @Option(
    help: ArgumentHelp(
      """
      The directory that is the file system of a board without APP; made if it is not there. \
      (default: a temporary one)
      """, valueName: "dir"))
  var files: String?

  @OptionGroup var line: LineOptions

  @Option(help: "A symbolic link to keep on the port.")
  var link: String?

  func validate() throws {
    if app != nil, files != nil {
      throw ValidationError("--files is for a board without APP; one with it sees this machine.")
    }
    if app == nil, line.direct || line.restart {
      throw ValidationError("--direct and --restart need an APP; without one there is the REPL.")
    }
  }

  func run() async throws {
    let directory = try app == nil ? BoardDirectory.stock(files) : BoardDirectory.packages()
    defer { directory.remove() }
    if let app {
      for file in BoardDirectory.hidden(beside: app) {
        Console.print("\(file) is not used, but Boardwalk's own")
      }
    } else {
      Console.print("files \(directory.path)")
    }
    var configuration = SimulatedBoard.Configuration(
      app.map { .app($0, packages: [directory.path]) } ?? .stock(files: directory.path))
    configuration.link = link
    try line.apply(to: &configuration)
    let board = SimulatedBoard(configuration)
    let output = Task {
      for await notice in board.notices { Console.print(Self.text(notice, link: link)) }
    }
    try await ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [SimulatedBoardService(board: board)],
        gracefulShutdownSignals: [.sigint, .sigterm], logger: Console.silentLogger)
    ).run()
    await output.value
    if line.hasFaults {
      let counts = board.counts
      Console.print(
        "damaged \(counts.toBoard.corrupted + counts.toHost.corrupted) bytes, "
          + "lost \(counts.toBoard.dropped + counts.toHost.dropped)")
    }
  }

  private static func text(_ notice: SimulatedBoard.Notice, link: String?) -> String {
    switch notice {
    case .plugged(let path): "port \(link.map { "\($0) -> " } ?? "")\(path)"
    case .unplugged: "unplugged"
    case .started(let pid): "MicroPython runs, process \(pid)"
    case .exited(let exit): "the program ended with \(exit)"
    case .failed(let message): "error: \(message)"
    }
  }
}

/// What the line is like.
struct LineOptions: ParsableArguments {
  @Option(help: "Bits a second that the line carries. (default: as fast as can be)")
  var baud: Int?

  @Option(help: ArgumentHelp("Probability that a byte is damaged.", valueName: "p"))
  var corrupt: Double = 0

  @Option(help: ArgumentHelp("Probability that a byte is lost.", valueName: "p"))
  var drop: Double = 0

  @Option(help: "Where the faults' generator starts: the same seed gives the same faults.")
  var seed: UInt64 = 0

  @Flag(help: "No process between MicroPython and the port: the fastest; 03 does not interrupt.")
  var direct = false

  @Flag(help: "Start the program again when it ends. (default: the REPL, as on a board)")
  var restart = false

  @Option(help: "The board's heap, such as 64k. (default: 2 MB)")
  var heap: String?

  @Option(
    help: """
      The micropython program. (default: BOARDWALK_MICROPYTHON, .venv/bin/micropython, PATH)
      """)
  var micropython: String?

  var hasFaults: Bool { corrupt > 0 || drop > 0 }

  func validate() throws {
    for (name, value) in [("--corrupt", corrupt), ("--drop", drop)]
    where !(0...1).contains(value) {
      throw ValidationError("\(name) is \(value); a probability is between 0 and 1.")
    }
    if let baud, !(50...100_000_000).contains(baud) {
      throw ValidationError("--baud is \(baud); it must be between 50 and 100000000.")
    }
    if direct && (baud != nil || hasFaults) {
      throw ValidationError("--direct has no line in between that could have a rate or faults.")
    }
  }

  func apply(to configuration: inout SimulatedBoard.Configuration) throws {
    configuration.microPython = micropython
    configuration.heapSize = heap
    configuration.afterExit = restart ? .restart : .prompt
    let faults = LineFaults(corrupt: corrupt, drop: drop)
    configuration.line =
      direct
      ? .direct
      : .pumped(SimulatedBoard.LineOptions(baud: baud, faults: faults, seed: seed))
  }
}

/// A simulated board that ends with its service group.
struct SimulatedBoardService: Service {
  let board: SimulatedBoard

  func run() async throws {
    try await cancelWhenGracefulShutdown { try await board.run() }
  }
}
