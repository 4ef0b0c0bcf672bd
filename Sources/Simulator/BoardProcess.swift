import CSerialIO
import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// A running MicroPython, in a session and process group of its own.
final class BoardProcess: Sendable {
  /// What it has on its standard streams.
  enum Line {
    /// A pty slave, which becomes its controlling terminal.
    case terminal(String)
    /// A descriptor of this process.
    case descriptor(CInt)
  }

  private struct State {
    var end: BoardExit?
    var waiting: [CheckedContinuation<BoardExit, Never>] = []
  }

  /// How long a program may take to end by itself once it has SIGTERM.
  private static let patience = DispatchTimeInterval.milliseconds(200)

  let pid: pid_t
  private let state = Mutex(State())

  /// Starts a program.
  ///
  /// - Throws: ``SimulatorError`` with code `startFailed`, `noApplication` when the directory
  ///   cannot be entered.
  init(
    arguments: [String], environment: [String], directory: String, line: Line
  ) throws(SimulatorError) {
    var spawn = boardwalk_spawn()
    var terminal: String?
    spawn.descriptor = -1
    switch line {
    case .terminal(let path): terminal = path
    case .descriptor(let descriptor): spawn.descriptor = descriptor
    }
    var pid: pid_t = 0
    var step: CInt = 0
    let argumentList = CStringList(arguments)
    let environmentList = CStringList(environment)
    let terminalList = CStringList(terminal.map { [$0] } ?? [])
    let error = withExtendedLifetime((argumentList, environmentList, terminalList)) {
      directory.withCString { directory in
        spawn.directory = directory
        spawn.program = argumentList.first
        spawn.arguments = UnsafePointer(argumentList.pointer)
        spawn.environment = UnsafePointer(environmentList.pointer)
        spawn.terminal = terminalList.first
        return boardwalk_spawn(&spawn, &pid, &step)
      }
    }
    guard error == 0 else {
      throw Self.failed(step, Errno(rawValue: error), arguments.first ?? "", directory)
    }
    self.pid = pid
    try watch()
  }

  /// Waits for the program's end. Cancellation does not end the wait: see ``terminate()``.
  func exit() async -> BoardExit {
    await withCheckedContinuation { continuation in
      let end = state.withLock { state -> BoardExit? in
        if state.end == nil { state.waiting.append(continuation) }
        return state.end
      }
      if let end { continuation.resume(returning: end) }
    }
  }

  /// Ends the program and what it started: SIGTERM, and after 200 ms SIGKILL. Does not wait.
  func terminate() {
    signal(SIGTERM)
    DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) { [self] in
      signal(SIGKILL)
    }
  }

  /// Signals the process group, unless it has been collected and the number may be another's.
  func signal(_ number: CInt) {
    state.withLock { state in
      if state.end == nil { kill(-pid, number) }
    }
  }

  /// Interrupts the program as a board's 03 does: while code runs. The REPL that waits for input
  /// takes 03 as a character, and so does a program after `micropython.kbd_intr(-1)`; MicroPython
  /// has no handler for SIGINT then.
  ///
  /// - Returns: whether it was an interrupt.
  func interrupt() -> Bool {
    state.withLock { state in
      guard state.end == nil, boardwalk_catches(pid, SIGINT) != 0 else { return false }
      kill(-pid, SIGINT)
      return true
    }
  }

  private func watch() throws(SimulatorError) {
    let watch = boardwalk_pidfd_open(pid)
    guard watch >= 0 else {
      let error = Errno(rawValue: errno)
      kill(-pid, SIGKILL)
      _ = collect()
      throw Self.failed(0, error, "MicroPython", "")
    }
    let source = DispatchSource.makeReadSource(fileDescriptor: watch, queue: .global())
    // The source keeps itself and this object until it is cancelled, and so does the program.
    source.setEventHandler { [self] in
      source.cancel()
      let waiting = state.withLock { state in
        state.end = collect()
        defer { state.waiting = [] }
        return state.waiting.map { ($0, state.end) }
      }
      for case (let continuation, let end?) in waiting { continuation.resume(returning: end) }
    }
    source.setCancelHandler { close(watch) }
    source.activate()
  }

  private func collect() -> BoardExit {
    var status: CInt = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? .status(Int((status >> 8) & 0xFF)) : .signal(Int(signal))
  }

  private static func failed(
    _ step: CInt, _ error: Errno, _ program: String, _ directory: String
  ) -> SimulatorError {
    switch Int(step) {
    case Int(BOARDWALK_SPAWN_DIRECTORY.rawValue):
      return SimulatorError(
        .noApplication, errno: error, "cannot enter the app's directory \(directory): \(error).")
    case Int(BOARDWALK_SPAWN_EXEC.rawValue):
      return SimulatorError(
        .startFailed, errno: error,
        "cannot run \(program): \(error). Check that it starts in a shell.")
    default:
      return SimulatorError(
        .startFailed, errno: error,
        "cannot start \(program): \(error). See `ulimit -a` for what may have run out.")
    }
  }
}

/// Strings for C, ended by NULL, freed with this value.
private final class CStringList {
  let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  var first: UnsafePointer<CChar>? { pointer[0].map { UnsafePointer($0) } }

  init(_ strings: [String]) {
    count = strings.count
    pointer = .allocate(capacity: strings.count + 1)
    for (index, string) in strings.enumerated() { (pointer + index).initialize(to: strdup(string)) }
    (pointer + count).initialize(to: nil)
  }

  deinit {
    for index in 0..<count { free(pointer[index]) }
    pointer.deallocate()
  }
}
