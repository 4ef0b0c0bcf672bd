import Glibc

/// Why serial ports could not be listed or watched.
public struct DiscoveryError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure, for programs; new codes may come.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Value: String { case noUdev, noMonitor, enumerationFailed }

    /// The code's name, such as `noMonitor`.
    public let description: String

    private init(_ value: Value) { self.description = value.rawValue }

    /// libudev could not be set up at all.
    public static let noUdev = Code(.noUdev)
    /// The kernel's events cannot be received.
    public static let noMonitor = Code(.noMonitor)
    /// The devices below `/sys` could not be read.
    public static let enumerationFailed = Code(.enumerationFailed)
  }

  /// The kind of failure.
  public let code: Code
  /// The system's error number (errno(3)), or 0 where there was none.
  public let errno: CInt
  /// What happened, to what, and what to do next.
  public let message: String

  public var description: String { message }

  static func noUdev(errno: CInt) -> DiscoveryError {
    DiscoveryError(
      code: .noUdev, errno: errno,
      message: "cannot set up libudev: \(text(errno)). "
        + "Look at this process's limits (`ulimit -a`) and the machine's free memory.")
  }

  static func noMonitor(errno: CInt) -> DiscoveryError {
    DiscoveryError(
      code: .noMonitor, errno: errno,
      message: "cannot receive device events over netlink: \(text(errno)). Allow AF_NETLINK "
        + "(RestrictAddressFamilies= in the service, seccomp in the container) and enough "
        + "open files, or give the port's path.")
  }

  static func enumerationFailed(errno: CInt) -> DiscoveryError {
    DiscoveryError(
      code: .enumerationFailed, errno: errno,
      message: "cannot list the serial ports below /sys/class/tty: \(text(errno)). "
        + "Check that /sys is mounted and readable here, or give the port's path.")
  }

  private static func text(_ errno: CInt) -> String {
    strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
  }
}
