public import SystemPackage

/// Why a simulated board could not be made or started.
public struct SimulatorError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure, for programs; new codes may come.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Value: String {
      case noMicroPython, noApplication, startFailed, noPseudoTerminal, linkFailed, notRunning
    }

    /// The code's name, such as `noMicroPython`.
    public let description: String

    private init(_ value: Value) { self.description = value.rawValue }

    /// There is no MicroPython program on this machine.
    public static let noMicroPython = Code(.noMicroPython)
    /// The application is not there or cannot be read.
    public static let noApplication = Code(.noApplication)
    /// MicroPython did not start.
    public static let startFailed = Code(.startFailed)
    /// The system gave no pty, or no other thing that the line is made of.
    public static let noPseudoTerminal = Code(.noPseudoTerminal)
    /// The symbolic link could not be made.
    public static let linkFailed = Code(.linkFailed)
    /// The board's `run()` has ended, or was called twice.
    public static let notRunning = Code(.notRunning)
  }

  /// The kind of failure.
  public let code: Code
  /// The system's error, where there was one.
  public let errno: Errno?
  /// What happened, to what, and what to do next.
  public let message: String

  public var description: String { message }

  init(_ code: Code, errno: Errno? = nil, _ message: String) {
    self.code = code
    self.errno = errno
    self.message = message
  }
}
