import CSerialIO
import Glibc
import SystemPackage

/// An open serial port: raw, locked against other programs, and owned.
///
/// None of its calls waits for the board, but those that set or read modem lines, and `open`
/// and `close`, may block for seconds on a device that fails: keep them off event loops.
public struct SerialPort: ~Copyable, Sendable {
  /// The path that was opened.
  public let path: String
  /// The port's descriptor, non-blocking. It stays the port's: do not close it.
  public let descriptor: CInt
  /// Whether the driver took ASYNC_LOW_LATENCY.
  public let isLowLatency: Bool

  let profile: ModemLineProfile

  private init(path: String, descriptor: CInt, isLowLatency: Bool, profile: ModemLineProfile) {
    self.path = path
    self.descriptor = descriptor
    self.isLowLatency = isLowLatency
    self.profile = profile
  }

  /// Opens a serial port, locks it, and puts it in raw mode.
  ///
  /// Opening asserts DTR and RTS for a moment whatever the profile says, which is the kernel's
  /// doing and may reset some boards.
  ///
  /// - Parameters:
  ///   - path: a device node, a symbolic link to one, or a pty.
  ///   - settings: rate, flow control and modem lines.
  /// - Returns: the port; it closes itself when it goes out of scope.
  /// - Throws: ``SerialPortError``; with code `busy` it names the holders, with
  ///   `permissionDenied` it says how to get the right.
  public static func open(
    path: String, settings: SerialSettings = SerialSettings()
  ) throws(SerialPortError) -> SerialPort {
    // O_NOCTTY: a board must not become our controlling terminal, or its hang-up would end us.
    let descriptor = Glibc.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw OpenFailure.error(path: path, errno: .last) }
    let isLowLatency: Bool
    do throws(SerialPortError) {
      guard isatty(descriptor) == 1 else {
        throw SerialPortError(
          .notATerminal, path: path, errno: .last,
          "\(path) is no serial port. Give a device such as /dev/ttyACM0.")
      }
      var status = stat()
      guard fstat(descriptor, &status) == 0 else {
        throw .system("look at", path: path, errno: .last)
      }
      try PortLock.take(descriptor, status: status, path: path)
      try TerminalMode.apply(settings, to: descriptor, path: path)
      isLowLatency = settings.lowLatency && boardwalk_set_low_latency(descriptor) == 0
    } catch {
      // Not a `SerialPort` yet: before the lock is ours, nothing of the holder's may be flushed.
      Glibc.close(descriptor)
      throw error
    }
    let port = SerialPort(
      path: path, descriptor: descriptor, isLowLatency: isLowLatency, profile: settings.modemLines)
    try port.applyModemProfileAtOpen()
    return port
  }

  /// Waits until the port takes bytes: the first write after `open` may find cdc_acm not ready.
  ///
  /// Blocks the calling thread.
  ///
  /// - Parameter milliseconds: how long to wait at most.
  /// - Throws: ``SerialPortError`` with code `timedOut`, or `gone` when the line hung up.
  public borrowing func waitUntilWritable(milliseconds: Int = 1000) throws(SerialPortError) {
    let end = ContinuousClock.now + .milliseconds(milliseconds)
    while true {
      var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      let left = max(0, (end - ContinuousClock.now) / .milliseconds(1))
      let count = poll(&entry, 1, CInt(left.rounded(.up)))
      if count < 0 {
        let error = Errno.last
        if error == .interrupted { continue }
        throw .system("wait for", path: path, errno: error)
      }
      if entry.revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 {
        throw .system("wait for", path: path, errno: .ioError)
      }
      if count > 0 { return }
      throw SerialPortError(
        .timedOut, path: path,
        "\(path) took no byte for \(milliseconds) ms. Check flow control, or replug the board.")
    }
  }

  /// Two descriptors for a reader and a writer that each close their own, such as NIO's
  /// `NIOPipeBootstrap.takingOwnershipOfDescriptors(input:output:)`.
  ///
  /// They share the port's lock, which ends when the port and both descriptors are closed.
  /// NIO's own duplicate would lack O_CLOEXEC, and trap when there is no descriptor left.
  ///
  /// - Throws: ``SerialPortError`` with code `outOfDescriptors`; nothing is left open then.
  public borrowing func duplicatedPair() throws(SerialPortError) -> (input: CInt, output: CInt) {
    let input = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard input >= 0 else { throw .system("duplicate", path: path, errno: .last) }
    let output = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard output >= 0 else {
      let error = Errno.last
      Glibc.close(input)
      throw .system("duplicate", path: path, errno: error)
    }
    return (input, output)
  }

  /// Forgets what was not sent yet, drops the modem lines as the profile says, and closes.
  ///
  /// The device may be gone; that is no error.
  public consuming func close() {
    // First of all: a write that still waits for the line would make the rest block.
    tcflush(descriptor, TCOFLUSH)
    applyModemProfileAtClose()
  }

  deinit {
    // A write that still waits for the line would make closing block.
    tcflush(descriptor, TCOFLUSH)
    PortLock.release(descriptor)
    Glibc.close(descriptor)
  }
}
