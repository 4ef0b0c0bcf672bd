import CSerialIO
import Glibc
import SystemPackage

/// Putting a terminal into raw mode at a given rate, and making sure that it is.
enum TerminalMode {
  /// Rates that termios knows by name. All others go through termios2.
  private static let standardRates: [Int: CInt] = [
    1200: B1200, 2400: B2400, 4800: B4800, 9600: B9600, 19200: B19200, 38400: B38400,
    57600: B57600, 115_200: B115200, 230_400: B230400, 460_800: B460800, 500_000: B500000,
    576_000: B576000, 921_600: B921600, 1_000_000: B1000000, 1_152_000: B1152000,
    1_500_000: B1500000, 2_000_000: B2000000, 2_500_000: B2500000, 3_000_000: B3000000,
    3_500_000: B3500000, 4_000_000: B4000000,
  ]

  /// Sets the terminal up, forgets what it has received so far, and compares what the driver
  /// says with what was asked.
  ///
  /// - Throws: ``SerialPortError`` with code `settingsRefused`, `gone` or `failed`.
  static func apply(
    _ settings: SerialSettings, to descriptor: CInt, path: String
  ) throws(SerialPortError) {
    guard settings.baudRate > 0, let rate = CUnsignedInt(exactly: settings.baudRate) else {
      throw SerialPortError(
        .settingsRefused, path: path,
        "cannot set \(path) to \(settings.baudRate) bit/s: a rate is 1 or more. Correct it.")
    }
    var wanted = termios()
    guard tcgetattr(descriptor, &wanted) == 0 else {
      throw .system("read the settings of", path: path, errno: .last)
    }
    cfmakeraw(&wanted)
    wanted.c_iflag &= ~tcflag_t(IXON | IXOFF | IXANY | INPCK)
    wanted.c_cflag &= ~(tcflag_t(HUPCL | CSTOPB | PARENB) | tcflag_t(CRTSCTS))
    wanted.c_cflag |= tcflag_t(CLOCAL | CREAD | CS8)
    if settings.hardwareFlowControl { wanted.c_cflag |= tcflag_t(CRTSCTS) }
    // An empty read would be taken for the end of the stream, so a read has one byte or waits.
    wanted.controlCharacters[Int(VMIN)] = 1
    wanted.controlCharacters[Int(VTIME)] = 0
    let named = standardRates[settings.baudRate]
    if let named { cfsetspeed(&wanted, speed_t(named)) }
    guard tcsetattr(descriptor, TCSANOW, &wanted) == 0 else {
      throw refused(settings, path, .last)
    }
    if named == nil {
      let error = boardwalk_set_rate(descriptor, rate)
      guard error == 0 else { throw refused(settings, path, Errno(rawValue: error)) }
    }
    // What came in before raw mode was echoed or changed; nobody can use it.
    tcflush(descriptor, TCIFLUSH)
    try check(wanted, settings, descriptor, path)
  }

  /// tcsetattr succeeds when the driver took any of the settings, so each one is read back.
  private static func check(
    _ wanted: termios, _ settings: SerialSettings, _ descriptor: CInt, _ path: String
  ) throws(SerialPortError) {
    var actual = termios()
    guard tcgetattr(descriptor, &actual) == 0 else {
      throw .system("read the settings of", path: path, errno: .last)
    }
    let format = tcflag_t(CSIZE | CSTOPB | PARENB | CREAD)
    let control: tcflag_t = format | tcflag_t(CRTSCTS) | tcflag_t(CLOCAL | HUPCL)
    var differences: [String] = []
    if actual.c_iflag != wanted.c_iflag { differences.append("input mode") }
    if actual.c_oflag & tcflag_t(OPOST) != 0 { differences.append("output mode") }
    if actual.c_lflag != wanted.c_lflag { differences.append("local mode") }
    if actual.c_cflag & control != wanted.c_cflag & control {
      differences.append("data format or flow control")
    }
    for index in [Int(VMIN), Int(VTIME)]
    where actual.controlCharacters[index] != wanted.controlCharacters[index] {
      differences.append(index == Int(VMIN) ? "VMIN" : "VTIME")
    }
    var input: CUnsignedInt = 0
    var output: CUnsignedInt = 0
    let error = boardwalk_get_rate(descriptor, &input, &output)
    guard error == 0 else {
      throw .system("read the rate of", path: path, errno: Errno(rawValue: error))
    }
    // Drivers report the rate that their divider reaches; a UART tolerates some 3 %.
    let deviation = abs(Int(output) - settings.baudRate)
    if deviation * 100 > settings.baudRate * 3 { differences.append("rate (\(output) bit/s)") }
    guard differences.isEmpty else {
      throw SerialPortError(
        .settingsRefused, path: path,
        """
        \(path) did not take the settings: \(differences.joined(separator: ", ")). \
        Asked were \(settings.baudRate) bit/s, 8N1, \
        \(settings.hardwareFlowControl ? "RTS/CTS" : "no flow control"). \
        Choose settings that this device has.
        """)
    }
  }

  private static func refused(
    _ settings: SerialSettings, _ path: String, _ error: Errno
  ) -> SerialPortError {
    guard error == .invalidArgument else {
      return .system("set up", path: path, errno: error)
    }
    return SerialPortError(
      .settingsRefused, path: path, errno: error,
      "\(path) cannot do \(settings.baudRate) bit/s, 8N1 (\(error)). Choose another rate.")
  }
}

extension termios {
  /// The control characters, `c_cc`, which C's array makes a tuple in Swift.
  var controlCharacters: ControlCharacters {
    get { ControlCharacters(tuple: c_cc) }
    set { c_cc = newValue.tuple }
  }
}

/// Indexed access to `c_cc`.
struct ControlCharacters {
  /// The same type as `c_cc`.
  typealias Tuple = (
    cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t,
    cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t, cc_t
  )

  var tuple: Tuple

  subscript(index: Int) -> cc_t {
    get { withUnsafeBytes(of: tuple) { $0[index] } }
    set { withUnsafeMutableBytes(of: &tuple) { $0[index] = newValue } }
  }
}
