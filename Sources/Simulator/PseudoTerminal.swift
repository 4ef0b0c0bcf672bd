import CSerialIO
import Glibc
import SystemPackage

/// A pty that passes every byte as it is. Its slave stays open for as long as this value lives, so
/// that the master sees no end of file when a program at the slave goes.
struct PseudoTerminal: ~Copyable {
  /// The slave's path.
  let path: String
  /// The master; owned by this value until it is taken.
  private(set) var master: CInt?
  private let slave: CInt

  /// - Throws: ``SimulatorError`` with code `noPseudoTerminal`.
  init(nonBlockingMaster: Bool) throws(SimulatorError) {
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
    guard Self.setRaw(slave) else {
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

  /// Has the master read this before all that a program at the slave will write. The kernel holds
  /// some kilobytes; what is more is lost.
  func say(_ text: String) {
    _ = Array(text.utf8).withUnsafeBytes { write(slave, $0.baseAddress, $0.count) }
  }

  /// Has a program at the slave read this before all that the master's holder will write.
  func type(_ byte: UInt8) {
    guard let master else { return }
    _ = withUnsafeBytes(of: byte) { write(master, $0.baseAddress, $0.count) }
  }

  private static func setRaw(_ slave: CInt) -> Bool {
    var settings = termios()
    guard tcgetattr(slave, &settings) == 0 else { return false }
    cfmakeraw(&settings)
    settings.c_cflag |= tcflag_t(CLOCAL | CREAD)
    withUnsafeMutableBytes(of: &settings.c_cc) { characters in
      characters[Int(VMIN)] = 1
      characters[Int(VTIME)] = 0
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
