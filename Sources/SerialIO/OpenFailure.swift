import Glibc
import SystemPackage

/// Telling a user why a port could not be opened, and what to do.
enum OpenFailure {
  /// The error for an `open` that failed.
  static func error(path: String, errno: Errno) -> SerialPortError {
    var status = stat()
    let exists = stat(path, &status) == 0
    switch errno {
    case .permissionDenied, .notPermitted:
      let advice = exists ? accessAdvice(status) : "A directory on the way is closed to this user."
      return SerialPortError(
        .permissionDenied, path: path, errno: errno,
        "cannot open \(path): permission denied. \(advice)")
    case .resourceBusy where exists:
      return PortLock.busy(path: path, device: status.st_rdev, errno: errno)
    case .noSuchFileOrDirectory, .notDirectory, .noSuchAddressOrDevice, .noSuchDevice:
      return SerialPortError(
        .notFound, path: path, errno: errno,
        """
        cannot open \(path): \(errno). Plug the board in, and look for its name \
        in `ls /dev/serial/by-id`.
        """)
    case .ioError:
      // What Linux gives for a pty without a master, and for a driver that lost its device.
      return SerialPortError(
        .gone, path: path, errno: errno,
        "cannot open \(path): nothing is behind it any more. Plug the board in again.")
    case .isDirectory:
      return SerialPortError(
        .notATerminal, path: path, errno: errno,
        "\(path) is a directory. Give a device such as /dev/ttyACM0.")
    default:
      return .system("open", path: path, errno: errno)
    }
  }

  /// Which group owns a node, whether this user is in it, and what to do about that.
  ///
  /// - Parameters:
  ///   - status: the node's.
  ///   - groups: the groups of this process.
  static func accessAdvice(_ status: stat, groups: Set<gid_t> = processGroups()) -> String {
    let group = groupName(status.st_gid)
    guard status.st_mode & (S_IRGRP | S_IWGRP) == S_IRGRP | S_IWGRP else {
      return "Its group \(group) may not use it either: check the udev rules."
    }
    if groups.contains(status.st_gid) {
      return "This user is in its group \(group), so something else denies it: check SELinux, "
        + "AppArmor, or the container's device list."
    }
    return "It belongs to group \(group) and this user is not in it: "
      + "run `sudo usermod -aG \(group) $USER`, then log out and in."
  }

  private static func processGroups() -> Set<gid_t> {
    var groups = [gid_t](repeating: 0, count: 256)
    let count = getgroups(CInt(groups.count), &groups)
    return Set(groups.prefix(max(0, Int(count)))).union([getegid()])
  }

  private static func groupName(_ id: gid_t) -> String {
    var entry = group()
    var buffer = [CChar](repeating: 0, count: 4096)
    var found: UnsafeMutablePointer<group>?
    // Nothing of the entry may be used once the buffer has moved, so the name is copied inside.
    let name = buffer.withUnsafeMutableBufferPointer { space -> String? in
      guard let base = space.baseAddress,
        getgrgid_r(id, &entry, base, space.count, &found) == 0, found != nil
      else { return nil }
      return String(cString: entry.gr_name)
    }
    return name ?? String(id)
  }
}
