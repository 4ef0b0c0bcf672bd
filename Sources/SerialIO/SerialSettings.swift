/// How a serial port is to be set up: always raw, 8 data bits, no parity, 1 stop bit.
public struct SerialSettings: Sendable, Hashable {
  /// Bits a second. USB CDC boards and ptys take any rate and ignore it.
  public var baudRate: Int
  /// Whether both ends hold each other back by RTS and CTS.
  public var hardwareFlowControl: Bool
  /// Whether the driver is asked to pass bytes on at once; FTDI's waits up to 16 ms otherwise.
  public var lowLatency: Bool
  /// What to do with DTR and RTS when the port is opened and closed.
  public var modemLines: ModemLineProfile

  /// - Parameters:
  ///   - baudRate: bits a second, 1 or more.
  ///   - hardwareFlowControl: RTS/CTS; off unless the board's UART is wired for it.
  ///   - lowLatency: see ``lowLatency``.
  ///   - modemLines: the board's profile.
  public init(
    baudRate: Int = 115_200, hardwareFlowControl: Bool = false, lowLatency: Bool = true,
    modemLines: ModemLineProfile = .default
  ) {
    self.baudRate = baudRate
    self.hardwareFlowControl = hardwareFlowControl
    self.lowLatency = lowLatency
    self.modemLines = modemLines
  }
}

/// What opening and closing do with DTR and RTS.
///
/// The kernel asserts both when the port is opened; no profile can prevent that.
public enum ModemLineProfile: String, Sendable, Hashable, CaseIterable {
  /// Asserted while open (CDC firmware takes DTR for "somebody listens"); on close RTS drops,
  /// then DTR.
  case `default`
  /// For boards whose DTR and RTS drive reset and boot mode, as on ESP boards: both are
  /// released in one step at open, so that neither alone resets the board or selects the boot
  /// loader, and stay released at close.
  case esp
  /// Neither is ever touched.
  case none

  /// Whether the lines can reset the board.
  public var resets: Bool { self == .esp }
}
