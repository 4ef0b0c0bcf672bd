public import SystemPackage

/// Why a serial port could not be opened, set up or used.
public struct SerialPortError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure, for programs; new codes may come.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Value: String { case notFound, permissionDenied, notATerminal, busy, gone }
    private enum Fault: String { case settingsRefused, outOfDescriptors, timedOut, failed }

    /// The code's name, such as `busy`.
    public let description: String

    private init(_ value: Value) { self.description = value.rawValue }
    private init(_ fault: Fault) { self.description = fault.rawValue }

    /// There is nothing at the path, or nothing behind the device node.
    public static let notFound = Code(.notFound)
    /// This user may not open the device node.
    public static let permissionDenied = Code(.permissionDenied)
    /// The path leads to something that is no terminal.
    public static let notATerminal = Code(.notATerminal)
    /// Another program holds the port; see ``SerialPortError/holders``.
    public static let busy = Code(.busy)
    /// The device went away while it was in use.
    public static let gone = Code(.gone)
    /// The driver did not take the settings.
    public static let settingsRefused = Code(.settingsRefused)
    /// This process, or the machine, has no descriptor left.
    public static let outOfDescriptors = Code(.outOfDescriptors)
    /// The port did not become ready in time.
    public static let timedOut = Code(.timedOut)
    /// Anything else; ``SerialPortError/errno`` says what.
    public static let failed = Code(.failed)
  }

  /// The kind of failure.
  public let code: Code
  /// The port's path.
  public let path: String
  /// The system's error, where there was one.
  public let errno: Errno?
  /// What happened, to what, and what to do next.
  public let message: String
  /// Who holds the port, as far as this user may know. Empty unless the code is `busy`.
  public let holders: [PortHolder]

  public var description: String { message }

  init(
    _ code: Code, path: String, errno: Errno? = nil, holders: [PortHolder] = [],
    _ message: String
  ) {
    self.code = code
    self.path = path
    self.errno = errno
    self.message = message
    self.holders = holders
  }

  /// The error for a system call on an open port.
  ///
  /// - Parameters:
  ///   - action: what was tried, to follow "cannot".
  ///   - path: the port.
  ///   - errno: what the call gave.
  static func system(_ action: String, path: String, errno: Errno) -> SerialPortError {
    let what = "cannot \(action) \(path): \(errno)"
    switch errno {
    case .ioError, .noSuchAddressOrDevice, .noSuchDevice:
      return SerialPortError(
        .gone, path: path, errno: errno,
        "\(what). The device went away; plug it in again and open the port anew.")
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
      return SerialPortError(
        .outOfDescriptors, path: path, errno: errno,
        "\(what). Raise the limit of open files (`ulimit -n`, or LimitNOFILE= in the service).")
    default:
      return SerialPortError(
        .failed, path: path, errno: errno,
        "\(what). See `dmesg | tail` for what the driver says.")
    }
  }
}
