import MonotonicTime
import RawREPL

/// A board's line while the raw REPL has it, and who waits for it.
struct ManagedLine {
  /// How long a board is left in its raw REPL for somebody who comes next.
  static let linger: Duration = .milliseconds(300)
  /// How long a board whose program takes no interrupt may take to be plugged in anew.
  static let lockTime: Duration = .seconds(120)
  /// How long one waits for the turn.
  static let turnTime: Duration = .seconds(30)
  /// So long while a program has it, which may run for ever.
  static let programTurnTime: Duration = .seconds(2)
  /// Who may wait for it at a time.
  static let mostWaiting = 16
  /// Bytes of output that wait to be read.
  static let mostOutput = 1 << 20

  /// What the one who has the turn does; nil when nobody has it.
  var purpose: String?
  /// Those who wait for the turn, in order; false: in vain.
  var waiting: [(number: UInt64, turn: CheckedContinuation<Bool, Never>)] = []
  /// When the board is left.
  var leaveAt: Instant?
  /// A program or a server was stopped: leaving starts the board's program anew.
  var stoppedProgram = false
  /// The board's program has taken no interrupt: until then it is interrupted as soon as the port
  /// comes back.
  var lockedUntil: Instant?
  /// That program is on its way back.
  var isRestarting = false
  /// The code on its way is a program.
  var startsProgram = false
  /// The code that runs is a client's own, which may interrupt it from the console.
  var isInterruptible = false
  /// The code that runs is a program, with the link beside it.
  var isProgram = false
  /// When it was begun.
  var programBegan: Instant?
  /// What is known of the board in its raw REPL; forgotten when anything else may have run there.
  var toolbox = Toolbox()
  /// Gets the traceback of a program that nobody follows, when it ends by itself.
  var onEnd: (@Sendable (String) -> Void)?
  /// Nobody follows the program.
  var isDetached: Bool { onEnd != nil }

  /// Bytes that the raw REPL has sent and received; the link counts its own.
  var bytesSent: UInt64 = 0
  var bytesReceived: UInt64 = 0

  // What the REPL has told, until it is asked for.
  var isEntered = false
  var isStarted = false
  var output: [UInt8] = []
  var ended: [UInt8]?
  var failure: ManagingError?
  /// Those who wait for any of these: the one who has the turn, or some who want the REPL left.
  var waiters: [CheckedContinuation<Void, Never>] = []

  /// Takes what the REPL tells.
  mutating func take(_ event: RawREPL.Event) {
    switch event {
    case .entered(let wasRunning):
      isEntered = true
      stoppedProgram = stoppedProgram || wasRunning
    case .started: isStarted = true
    case .output(let bytes):
      guard !isDetached else { break }
      output += bytes
      if output.count > Self.mostOutput {
        output = []
        failure = failure ?? ManagingError(.outputTooLong(limit: Self.mostOutput))
      }
    case .finished(let error): ended = error
    case .failed(let error): failure = failure ?? ManagingError(.repl(error))
    case .left: break
    }
  }

  /// Forgets what the REPL has told.
  mutating func forget() {
    isEntered = false
    isStarted = false
    output = []
    ended = nil
    failure = nil
  }

  /// Has those who wait look again.
  mutating func signal() {
    for waiter in waiters { waiter.resume() }
    waiters = []
  }
}
