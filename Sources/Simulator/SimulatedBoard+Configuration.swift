extension SimulatedBoard {
  /// What to run, and behind what kind of line.
  public struct Configuration: Sendable {
    /// What the board runs.
    public var program: Program
    /// The MicroPython program; nil looks for it in `BOARDWALK_MICROPYTHON`, then in
    /// `.venv/bin` of the working directory, then in PATH.
    public var microPython: String?
    /// The board's heap, as MicroPython's `-X heapsize=` takes it: `64k`, `2m`; nil leaves its
    /// default of about 2 MB.
    public var heapSize: String?
    /// A symbolic link to keep on the board's present pty.
    public var link: String?
    /// What is between MicroPython and the gateway.
    public var line = Line.pumped(LineOptions())
    /// What happens when the app ends.
    public var afterExit = AfterExit.prompt

    /// - Parameter program: see ``program``.
    public init(_ program: Program) {
      self.program = program
    }
  }

  /// What a board runs.
  public enum Program: Sendable, Hashable {
    /// A `.py` file of this machine. The board sees this machine's files, and imports from the
    /// folders with the packages that a real board would have installed, and from the app's
    /// directory, where others of the packages' names may be.
    case app(String, packages: [String] = [])
    /// What a board has to which nothing was done: the REPL, and a file system of its own, which
    /// is this directory of this machine. At each start `boot.py` and `main.py` run if they are
    /// there; modules are imported from the root and from `/lib`. It needs MicroPython 1.23.
    case stock(files: String)
  }

  /// What is between MicroPython and the gateway.
  public enum Line: Sendable {
    /// Two ptys and a thread that carries bytes between them: an 03 interrupts the program as
    /// on a board, and the line can have a rate and faults.
    case pumped(LineOptions)
    /// One pty, with nothing in between: the fastest. No rate, no faults; an 03 is a byte like
    /// others. Unplugging cuts the board's power, as with a board that USB feeds.
    case direct
  }

  /// What a pumped line does to bytes.
  public struct LineOptions: Sendable, Hashable {
    /// Bits a second; a byte is ten bits, 8N1. Nil passes bytes on at once.
    public var baud: Int?
    /// Faults from the gateway to the board. No byte is made an 03, which would interrupt the
    /// program.
    public var faultsToBoard = LineFaults.none
    /// Faults from the board to the gateway.
    public var faultsToHost = LineFaults.none
    /// Where the generator of faults starts: the same seed and bytes give the same faults.
    public var seed: UInt64 = 0

    /// - Parameters:
    ///   - baud: see ``baud``.
    ///   - faults: for both directions.
    ///   - seed: see ``seed``.
    public init(baud: Int? = nil, faults: LineFaults = .none, seed: UInt64 = 0) {
      self.baud = baud
      faultsToBoard = faults
      faultsToHost = faults
      self.seed = seed
    }
  }

  /// What happens when the app ends, by its last line, by an exception or by `sys.exit()`.
  public enum AfterExit: String, Sendable, Hashable, CaseIterable {
    /// The REPL's prompt, as on a board; its Ctrl-D is a soft reset, which starts the app again,
    /// and in the raw REPL leads back there. On a direct line there is no prompt: the board is
    /// silent until it is reset.
    case prompt
    /// The app starts again after 200 ms; while it ends within 2 s each time, after twice as
    /// long as the time before, up to 5 s.
    case restart
    /// The board is silent until it is reset.
    case stop
  }

  /// What happened to the board.
  public enum Notice: Sendable, Hashable {
    /// The line is there: a gateway may open this pty.
    case plugged(path: String)
    /// The line is cut; the pty and the link are gone.
    case unplugged
    /// MicroPython runs.
    case started(pid: Int)
    /// MicroPython ended.
    case exited(BoardExit)
    /// MicroPython could not be started again.
    case failed(message: String)
  }
}

/// How a program ended.
public enum BoardExit: Sendable, Hashable, CustomStringConvertible {
  /// By itself, with this status.
  case status(Int)
  /// By this signal.
  case signal(Int)

  public var description: String {
    switch self {
    case .status(let status): "status \(status)"
    case .signal(let signal): "signal \(signal)"
    }
  }
}
