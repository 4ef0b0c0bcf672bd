import CSerialIO
import Glibc
import SystemPackage

/// A pty whose slave stays open for as long as this value lives, so that the master sees no
/// end of file when a program at the slave goes.
struct PseudoTerminal: ~Copyable {
  /// How the slave treats bytes.
  enum Mode {
    /// As they are, for a gateway to open.
    case raw
    /// As they are, but 03 sends SIGINT to the program that has the terminal: what a board's
    /// serial interrupt does, also while the program hangs.
    case interrupting
  }

  /// The slave's path.
  let path: String
  /// The master; owned by this value until it is taken.
  private(set) var master: CInt?
  private let slave: CInt

  /// - Throws: ``SimulatorError`` with code `noPseudoTerminal`.
  init(mode: Mode, nonBlockingMaster: Bool) throws(SimulatorError) {
    var master: CInt = -1
    var name = [CChar](repeating: 0, count: 128)
    let error = boardwalk_open_pty(nonBlockingMaster ? 1 : 0, &master, &name, name.count)
    guard error == 0 else { throw Self.failed(error) }
    let slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard slave >= 0 else {
      let error = Self.failed()
      close(master)
      throw error
    }
    guard Self.set(mode, on: slave) else {
      let error = Self.failed()
      close(master)
      close(slave)
      throw error
    }
    self.master = master
    self.slave = slave
    self.path = String(
      decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    if let master { close(master) }
    close(slave)
  }

  /// Leaves the master to the caller, who closes it.
  mutating func takeMaster() -> CInt? {
    defer { master = nil }
    return master
  }

  private static func set(_ mode: Mode, on slave: CInt) -> Bool {
    var settings = termios()
    guard tcgetattr(slave, &settings) == 0 else { return false }
    cfmakeraw(&settings)
    settings.c_cflag |= tcflag_t(CLOCAL | CREAD)
    withUnsafeMutableBytes(of: &settings.c_cc) { characters in
      characters[Int(VMIN)] = 1
      characters[Int(VTIME)] = 0
      guard mode == .interrupting else { return }
      characters[Int(VINTR)] = 0x03
      // 0 is _POSIX_VDISABLE on Linux: no byte quits or stops the program.
      characters[Int(VQUIT)] = 0
      characters[Int(VSUSP)] = 0
    }
    if mode == .interrupting {
      // NOFLSH: a board does not lose what it has received when it is interrupted.
      settings.c_lflag |= tcflag_t(ISIG | NOFLSH)
    }
    return tcsetattr(slave, TCSANOW, &settings) == 0
  }

  private static func failed(_ number: CInt = errno) -> SimulatorError {
    let error = Errno(rawValue: number)
    return SimulatorError(
      .noPseudoTerminal, errno: error,
      "no line to simulate: the system gave no pty (\(error)). See /proc/sys/kernel/pty/max.")
  }
}
