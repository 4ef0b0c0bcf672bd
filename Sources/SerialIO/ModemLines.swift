import Glibc
import SystemPackage

/// The state of a port's modem lines.
public struct ModemLines: Sendable, Hashable {
  /// Driven by the host.
  public var dtr: Bool
  /// Driven by the host.
  public var rts: Bool
  /// Driven by the board.
  public let cts: Bool
  /// Driven by the board.
  public let dsr: Bool
  /// Driven by the board.
  public let carrier: Bool

  init(bits: CInt) {
    dtr = bits & CInt(TIOCM_DTR) != 0
    rts = bits & CInt(TIOCM_RTS) != 0
    cts = bits & CInt(TIOCM_CTS) != 0
    dsr = bits & CInt(TIOCM_DSR) != 0
    carrier = bits & CInt(TIOCM_CAR) != 0
  }
}

extension SerialPort {
  /// Reads the modem lines.
  ///
  /// May block for seconds on a USB device that has just gone: never call it on an event loop.
  ///
  /// - Returns: the lines; nil where the device has none, as a pty.
  /// - Throws: ``SerialPortError`` with code `gone` or `failed`.
  public borrowing func modemLines() throws(SerialPortError) -> ModemLines? {
    var bits: CInt = 0
    return try modemCall("read the modem lines of", TIOCMGET, &bits) ? ModemLines(bits: bits) : nil
  }

  /// Drives DTR and RTS, both in one step; nil leaves a line as it is.
  ///
  /// May block for seconds on a USB device that has just gone: never call it on an event loop.
  ///
  /// - Returns: false where the device has no such lines, as a pty.
  /// - Throws: ``SerialPortError`` with code `gone` or `failed`.
  @discardableResult
  public borrowing func setModemLines(
    dtr: Bool? = nil, rts: Bool? = nil
  ) throws(SerialPortError) -> Bool {
    var bits: CInt = 0
    guard try modemCall("read the modem lines of", TIOCMGET, &bits) else { return false }
    if let dtr { bits = dtr ? bits | CInt(TIOCM_DTR) : bits & ~CInt(TIOCM_DTR) }
    if let rts { bits = rts ? bits | CInt(TIOCM_RTS) : bits & ~CInt(TIOCM_RTS) }
    return try modemCall("set the modem lines of", TIOCMSET, &bits)
  }

  /// Resets the board as its profile says; takes a tenth of a second.
  ///
  /// - Returns: false where the profile has no way to, or the device no such lines.
  /// - Throws: ``SerialPortError`` with code `gone` or `failed`.
  public borrowing func resetBoard() throws(SerialPortError) -> Bool {
    guard profile.resets else { return false }
    // RTS alone holds the chip in reset; DTR, released, has it start its program.
    guard try setModemLines(dtr: false, rts: true) else { return false }
    usleep(100_000)
    return try setModemLines(dtr: false, rts: false)
  }

  /// What the profile asks for when a port has been opened.
  borrowing func applyModemProfileAtOpen() throws(SerialPortError) {
    switch profile {
    case .default: try setModemLines(dtr: true, rts: true)
    case .esp: try setModemLines(dtr: false, rts: false)
    case .none: break
    }
  }

  /// What the profile asks for before a port is closed. The device may be gone: no errors.
  borrowing func applyModemProfileAtClose() {
    guard profile == .default else { return }
    // RTS first: RTS without DTR is what resets a board that turns out to be wired that way.
    _ = try? setModemLines(rts: false)
    _ = try? setModemLines(dtr: false)
  }

  private borrowing func modemCall(
    _ action: String, _ request: some BinaryInteger, _ bits: inout CInt
  ) throws(SerialPortError) -> Bool {
    if ioctl(descriptor, UInt(request), &bits) == 0 { return true }
    let error = Errno.last
    // A pty has no lines; that is a fact about it, not a failure.
    if error == .inappropriateIOCTLForDevice || error == .invalidArgument { return false }
    throw .system(action, path: path, errno: error)
  }
}

extension Errno {
  /// ENODEV, which swift-system has no name for.
  static let noSuchDevice = Errno(rawValue: Glibc.ENODEV)

  /// The calling thread's errno; read it straight after the call that failed.
  static var last: Errno { Errno(rawValue: Glibc.errno) }
}
