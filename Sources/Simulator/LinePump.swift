import CSerialIO
import Glibc
import Synchronization
import SystemPackage

/// A line between the masters of two ptys: MicroPython is behind one (the board's end), the
/// gateway behind the other (the host's end).
///
/// One thread of its own carries both directions; neither waits for the other. It owns every
/// descriptor that it is given, and closes it.
final class LinePump: Sendable {
  /// What a line does to bytes.
  struct Settings: Sendable {
    var baud: Int?
    var faultsToBoard = LineFaults.none
    var faultsToHost = LineFaults.none
    var seed: UInt64 = 0
  }

  /// What the thread is told.
  enum Command {
    /// Another board's end. What the board before had sent and is not on the line is lost.
    case board(BoardEnd)
    /// Another host's end; nil cuts the line, and then what the board sends is lost.
    case host(CInt?, done: CheckedContinuation<Void, Never>?)
    case stop(done: CheckedContinuation<Void, Never>)
  }

  private struct State {
    var commands: [Command] = []
    /// The eventfd that wakes the thread; nil once it has ended.
    var wake: CInt?
  }

  let toBoard = LineCounters()
  let toHost = LineCounters()
  private let settings: Settings
  private let state: Mutex<State>

  /// - Throws: ``SimulatorError`` with code `noPseudoTerminal` when the system has no descriptor
  ///   or no thread left.
  init(_ settings: Settings) throws(SimulatorError) {
    let wake = boardwalk_eventfd()
    guard wake >= 0 else { throw Self.failed("an eventfd", Errno(rawValue: errno)) }
    self.settings = settings
    state = Mutex(State(wake: wake))
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self)
    let error = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<LinePump>.fromOpaque(context).takeRetainedValue().carry()
        return nil
      }, context.toOpaque())
    guard error == 0 else {
      context.release()
      close(wake)
      throw Self.failed("a thread", Errno(rawValue: error))
    }
    pthread_detach(thread)
  }

  /// Connects another board. The pump owns its end from here on.
  func connect(board: BoardEnd) {
    if !send(.board(board)) { board.close() }
  }

  /// Connects another host's end, or cuts the line, and returns when that is done.
  func connect(host: CInt?) async {
    await withCheckedContinuation { done in
      guard !send(.host(host, done: done)) else { return }
      if let host { close(host) }
      done.resume()
    }
  }

  /// Ends the thread and closes all descriptors, and returns when that is done.
  func stop() async {
    await withCheckedContinuation { done in
      if !send(.stop(done: done)) { done.resume() }
    }
  }

  private func send(_ command: Command) -> Bool {
    state.withLock { state in
      guard let wake = state.wake else { return false }
      state.commands.append(command)
      var one: UInt64 = 1
      // Cannot fail: the counter is far from full, and the descriptor open while it is here.
      _ = write(wake, &one, 8)
      return true
    }
  }

  private func carry() {
    boardwalk_prepare_line_thread("simulated-line")
    var ends = LineEnds(settings, toBoard: toBoard, toHost: toHost)
    guard let wake = state.withLock({ $0.wake }) else { return }
    var stops: [CheckedContinuation<Void, Never>] = []
    while stops.isEmpty {
      guard ends.carryUntilWoken(by: wake) else { continue }
      var count: UInt64 = 0
      _ = read(wake, &count, 8)
      for command in takeCommands() {
        switch command {
        case .board(let end): ends.connect(board: end)
        case .host(let descriptor, let done):
          ends.connect(host: descriptor)
          done?.resume()
        case .stop(let done): stops.append(done)
        }
      }
    }
    ends.closeAll()
    let rest = state.withLock { state in
      defer { state = State() }
      return state.commands
    }
    close(wake)
    for command in rest { refuse(command) }
    for done in stops { done.resume() }
  }

  private func takeCommands() -> [Command] {
    state.withLock { state in
      defer { state.commands = [] }
      return state.commands
    }
  }

  /// What a command that came after the end still has to be given.
  private func refuse(_ command: Command) {
    switch command {
    case .board(let end): end.close()
    case .host(let descriptor, let done):
      if let descriptor { close(descriptor) }
      done?.resume()
    case .stop(let done): done.resume()
    }
  }

  private static func failed(_ what: String, _ error: Errno) -> SimulatorError {
    SimulatorError(
      .noPseudoTerminal, errno: error,
      "no line to simulate: the system gave no \(what) (\(error)). Raise `ulimit -n` or -u.")
  }
}
