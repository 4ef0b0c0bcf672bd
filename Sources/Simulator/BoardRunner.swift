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
    /// All that the board before sent is on the line, and the pause before a restart is over.
    case restartDue(BoardStart.REPL)
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
  /// The last bytes of the board that was started last, once they are on the line.
  private var lastBytes: AsyncStream<[UInt8]>?

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
      try start()
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
      reply.resume(with: Result { try start() })
    case .unplug(let reply):
      await unplug()
      reply.resume()
    case .plug(let reply):
      do {
        try await plug()
        if process == nil, pump == nil { try start() }
        reply.resume()
      } catch { reply.resume(throwing: error) }
    case .exited(let pid, let exit):
      // The end of a process that was stopped here has been told already.
      guard process?.pid == pid else { return }
      process = nil
      notify(.exited(exit))
      startAgain(after: exit)
    case .restartDue(let repl):
      guard process == nil, pump != nil || hostLine != nil else { return }
      do { try start(again: repl) } catch { notify(.failed(message: "\(error)")) }
    }
  }

  private func refuse(_ event: Event) {
    switch event {
    case .reset(let reply), .unplug(let reply), .plug(let reply):
      reply.resume(throwing: Self.ended)
    case .exited, .restartDue: break
    }
  }

  /// - Parameter again: the REPL that ordered a soft reset; nil for a start from nothing.
  private func start(again repl: BoardStart.REPL? = nil) throws(SimulatorError) {
    let program = try MicroPython.locate(configuration.microPython)
    let start = try BoardStart(
      configuration.program, repl: repl ?? .friendly, staysAtPrompt: hasPrompt)
    let arguments = MicroPython.arguments(
      program: program, heapSize: configuration.heapSize, start: start)
    let environment = MicroPython.environment(modulePath: start.modulePath)

    func spawn(_ line: BoardProcess.Line) throws(SimulatorError) -> BoardProcess {
      try BoardProcess(
        arguments: arguments, environment: environment, directory: start.directory, line: line)
    }
    let process: BoardProcess
    if let pump {
      // A new pty for each start: the kernel hangs up the terminal of a session that ends.
      var terminal = try PseudoTerminal(nonBlockingMaster: true)
      if hasPrompt, repl != nil { terminal.say("MPY: soft reboot\r\n") }
      if repl == .raw { terminal.type(0x01) }
      process = try spawn(.terminal(terminal.path))
      let (stream, lastBytes) = AsyncStream.makeStream(of: [UInt8].self)
      self.lastBytes = stream
      if let master = terminal.takeMaster() {
        pump.connect(
          board: BoardEnd(descriptor: master, interrupt: process.interrupt, lastBytes: lastBytes))
      }
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

  private var hasPrompt: Bool { pump != nil && configuration.afterExit == .prompt }

  private var directMaster: CInt? {
    switch hostLine {
    case .some(let line): line.directMaster
    case .none: nil
    }
  }

  private func startAgain(after exit: BoardExit) {
    var wait = Duration.zero
    switch (configuration.afterExit, exit) {
    case (.stop, _): return
    // At the prompt a process ends by Ctrl-D, a board's soft reset.
    case (.prompt, .status(0)) where hasPrompt: break
    // By `sys.exit(1)`; or by an interrupt that came a moment too late or too often for it.
    case (.prompt, .status), (.prompt, .signal(Int(SIGINT))):
      guard hasPrompt else { return }
      wait = pause.next(ranFor: .now - startedAt)
    case (.prompt, .signal): return
    case (.restart, _): wait = pause.next(ranFor: .now - startedAt)
    }
    pauseTask = Task { [post, lastBytes, hasPrompt] in
      var repl = BoardStart.REPL.friendly
      if let lastBytes {
        for await bytes in lastBytes where hasPrompt { repl = MicroPython.repl(lastBytes: bytes) }
      }
      try? await Task.sleep(for: wait)
      if !Task.isCancelled { post(.restartDue(repl)) }
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
