import Glibc
import SystemPackage

/// The claim that keeps other programs off a port: `flock` and TIOCEXCL, as pyserial does it.
///
/// `flock` stops only programs that ask for it too; TIOCEXCL stops every later open but root's.
enum PortLock {
  /// Locks the port.
  ///
  /// - Throws: ``SerialPortError`` with code `busy` and the holders, or `failed`.
  static func take(_ descriptor: CInt, status: stat, path: String) throws(SerialPortError) {
    var attempts = 3
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let error = Errno.last
      guard error == .wouldBlock else { throw .system("lock", path: path, errno: error) }
      attempts -= 1
      guard attempts > 0 else {
        throw busy(path: path, device: status.st_rdev, errno: error, excluding: descriptor)
      }
      // A holder that starts a program keeps the lock, by the copy that the child has between
      // fork and exec, for some milliseconds after it has closed the port.
      usleep(10_000)
    }
    // On a pty TIOCEXCL outlives its holder for as long as anybody else has the slave open, as
    // a simulator does; a gateway that crashed could then never come back.
    if !isPseudoTerminal(status), ioctl(descriptor, UInt(TIOCEXCL), 0) != 0 {
      let error = Errno.last
      // Not every driver behind a tty node has it, and flock holds already.
      if error != .inappropriateIOCTLForDevice && error != .invalidArgument {
        throw .system("lock", path: path, errno: error)
      }
    }
  }

  /// Gives the port back. `flock` ends when the last duplicate of the descriptor is closed.
  static func release(_ descriptor: CInt) {
    // Matters where somebody else still has the device open: the mark belongs to the device.
    _ = ioctl(descriptor, UInt(TIOCNXCL), 0)
  }

  /// The error that names the holders of a port.
  static func busy(
    path: String, device: dev_t, errno: Errno, excluding: CInt? = nil
  ) -> SerialPortError {
    let holders = PortHolder.holders(of: device, excluding: excluding)
    let by =
      holders.isEmpty
      ? "another program (not visible to this user; try `sudo fuser -v \(path)`)"
      : holders.map(\.description).joined(separator: ", ")
    return SerialPortError(
      .busy, path: path, errno: errno, holders: holders,
      "\(path) is in use by \(by). Stop that program, or tell it to release the port.")
  }

  /// Unix98 pty slaves have the major numbers 136 to 143.
  static func isPseudoTerminal(_ status: stat) -> Bool {
    // The low byte of the minor number is below the major number's twelve bits (makedev(3)).
    (136...143).contains((status.st_rdev >> 8) & 0xFFF)
  }
}
