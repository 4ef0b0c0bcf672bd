import Glibc
import SystemPackage

/// Keeps one simulated board alive: takes events in turn, and holds all that there is to close.
///
/// Used within one task, that of `run`.
final class BoardRunner {
  /// Who waits for an order to be carried out.
  typealias Reply = CheckedContinuation<Void, any Error>

  /// What the board has to react to.
  enum Event {
    case reset(Reply)
    case unplug(Reply)
    case plug(Reply)
    /// The process with this number ended.
    case exited(pid_t, BoardExit)
    /// The pause before a restart is over.
    case restartDue
  }

  static let ended = SimulatorError(
    .notRunning, "the simulated board does not run any more. Make another one.")

  private let configuration: SimulatedBoard.Configuration
  private let notify: (SimulatedBoard.Notice) -> Void
  private let post: @Sendable (Event) -> Void
  private let onPump: (LinePump?) -> Void

  private var pump: LinePump?
  private var hostLine: HostLine?
  private var process: BoardProcess?
  private var startedAt = ContinuousClock.now
  private var pause = RestartPause()
  private var pauseTask: Task<Void, Never>?

  init(
    _ configuration: SimulatedBoard.Configuration,
    notify: @escaping (SimulatedBoard.Notice) -> Void,
    post: @escaping @Sendable (Event) -> Void,
    onPump: @escaping (LinePump?) -> Void
  ) {
    self.configuration = configuration
    self.notify = notify
    self.post = post
    self.onPump = onPump
  }

  /// Runs until the task is cancelled.
  func run(_ events: AsyncStream<Event>) async throws {
    do {
      if case .pumped(let options) = configuration.line {
        pump = try LinePump(
          LinePump.Settings(
            baud: options.baud, faultsToBoard: options.faultsToBoard,
            faultsToHost: options.faultsToHost, seed: options.seed))
        onPump(pump)
      }
      // A direct line is what MicroPython is started on. Else it comes first, so that a byte
      // from a gateway that sees the link finds a board to go to.
      if pump == nil { try await plug() }
      try start(afterLast: false)
      if pump != nil { try await plug() }
    } catch {
      await end(events)
      throw error
    }
    // Cancellation ends the stream once it is empty.
    for await event in events {
      if Task.isCancelled { refuse(event) } else { await handle(event) }
    }
    await end(events)
  }

  private func handle(_ event: Event) async {
    switch event {
    case .reset(let reply):
      await stopProcess()
      reply.resume(with: Result { try start(afterLast: false) })
    case .unplug(let reply):
      await unplug()
      reply.resume()
    case .plug(let reply):
      do {
        try await plug()
        if process == nil, pump == nil { try start(afterLast: false) }
        reply.resume()
      } catch { reply.resume(throwing: error) }
    case .exited(let pid, let exit):
      // The end of a process that was stopped here has been told already.
      guard process?.pid == pid else { return }
      process = nil
      notify(.exited(exit))
      startAgain(after: exit)
    case .restartDue:
      guard process == nil, pump != nil || hostLine != nil else { return }
      do { try start(afterLast: true) } catch { notify(.failed(message: "\(error)")) }
    }
  }

  private func refuse(_ event: Event) {
    switch event {
    case .reset(let reply), .unplug(let reply), .plug(let reply):
      reply.resume(throwing: Self.ended)
    case .exited, .restartDue: break
    }
  }

  /// - Parameter afterLast: whether the last words of the board before are still to be carried.
  private func start(afterLast: Bool) throws(SimulatorError) {
    let app = MicroPython.absolute(configuration.app)
    guard access(app, R_OK) == 0 else {
      throw SimulatorError(
        .noApplication, errno: Errno(rawValue: errno),
        "cannot read the app \(app): \(Errno(rawValue: errno)). Give the path of a .py file.")
    }
    let directory = app.lastIndex(of: "/").map { String(app[..<$0]) } ?? ""
    let program = try MicroPython.locate(configuration.microPython)
    let arguments = MicroPython.arguments(
      program: program, app: app, heapSize: configuration.heapSize,
      staysAtPrompt: pump != nil && configuration.afterExit == .prompt)
    let environment = MicroPython.environment(
      appDirectory: directory, devicePaths: configuration.devicePaths)

    func spawn(_ line: BoardProcess.Line) throws(SimulatorError) -> BoardProcess {
      try BoardProcess(
        arguments: arguments, environment: environment,
        directory: directory.isEmpty ? "/" : directory, line: line)
    }
    let process: BoardProcess
    if let pump {
      // A new pty for each start: the kernel hangs up the terminal of a session that ends.
      var terminal = try PseudoTerminal(mode: .interrupting, nonBlockingMaster: true)
      process = try spawn(.terminal(terminal.path))
      if let master = terminal.takeMaster() { pump.connect(board: master, afterLast: afterLast) }
      // Our slave closes here: so the master hangs up when MicroPython ends.
    } else if let master = directMaster {
      process = try spawn(.descriptor(master))
    } else {
      return  // Unplugged, and so without power.
    }
    self.process = process
    startedAt = .now
    notify(.started(pid: Int(process.pid)))
    Task { [post] in post(.exited(process.pid, await process.exit())) }
  }

  private var directMaster: CInt? {
    switch hostLine {
    case .some(let line): line.directMaster
    case .none: nil
    }
  }

  private func startAgain(after exit: BoardExit) {
    switch configuration.afterExit {
    case .stop: return
    case .prompt:
      // At the prompt a process ends by Ctrl-D, a board's soft reset; else something is broken.
      guard pump != nil, exit == .status(0) else { return }
    case .restart: break
    }
    let wait = pause.next(ranFor: .now - startedAt)
    pauseTask = Task { [post] in
      try? await Task.sleep(for: wait)
      if !Task.isCancelled { post(.restartDue) }
    }
  }

  private func stopProcess() async {
    pauseTask?.cancel()
    pauseTask = nil
    guard let process else { return }
    process.terminate()
    let exit = await process.exit()
    self.process = nil
    notify(.exited(exit))
  }

  private func plug() async throws(SimulatorError) {
    guard hostLine == nil else { return }
    var line = try HostLine(link: configuration.link, isDirect: pump == nil)
    let path = line.path
    if let pump { await pump.connect(host: line.takeMaster()) }
    hostLine = consume line
    notify(.plugged(path: path))
  }

  private func unplug() async {
    guard hostLine != nil else { return }
    if let pump { await pump.connect(host: nil) } else { await stopProcess() }
    hostLine = nil
    notify(.unplugged)
  }

  private func end(_ events: AsyncStream<Event>) async {
    await stopProcess()
    await unplug()
    await pump?.stop()
    onPump(nil)
    pump = nil
  }
}
