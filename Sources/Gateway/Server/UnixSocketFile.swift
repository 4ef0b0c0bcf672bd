import Glibc
import Synchronization

/// The file of a Unix socket that a server listens on: only this user can use it.
///
/// The server binds the socket in a directory of its own, and the file is moved to its path when
/// it has its mode. So nobody connects before, and no other gateway's socket is replaced.
final class UnixSocketFile: Sendable {
  /// Where the gateway is reached.
  let path: String
  private let directory: String
  /// The file at ``path``, once it is there.
  private let mark = Mutex<Mark?>(nil)

  /// Tells a file from another that has its path later.
  private struct Mark: Equatable {
    var device: UInt64
    var inode: UInt64
  }

  /// - Throws: ``UnixSocketError`` when somebody listens at the path, or nobody can.
  init(path: String) throws(UnixSocketError) {
    self.path = path
    let parent = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    var template = Array("\(parent).XXXXXX".utf8CString)
    guard template.count + 2 <= Self.longest else {
      throw UnixSocketError("\(path) is too long for a socket; choose a shorter one")
    }
    try Self.check(path)
    guard mkdtemp(&template) != nil else { throw UnixSocketError(path, errno) }
    directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Where the server is to bind.
  var bindPath: String { directory + "/s" }

  /// Puts the socket at its path, in place of one on which nobody listens.
  ///
  /// - Throws: ``UnixSocketError`` when somebody was faster.
  func publish() throws(UnixSocketError) {
    defer { clear() }
    guard chmod(bindPath, 0o600) == 0 else { throw UnixSocketError(path, errno) }
    let own = Self.mark(of: bindPath)
    while link(bindPath, path) != 0 {
      guard errno == EEXIST else { throw UnixSocketError(path, errno) }
      try Self.check(path)
      // Taken away, looked at again, and only then gone: another gateway may put its own there now.
      let old = directory + "/old"
      guard rename(path, old) == 0 || errno == ENOENT else { throw UnixSocketError(path, errno) }
      do throws(UnixSocketError) {
        try Self.check(old)
      } catch {
        link(old, path)
        throw UnixSocketError.inUse(path)
      }
      unlink(old)
    }
    mark.withLock { $0 = own }
  }

  /// Takes the file away, unless it is somebody else's by now.
  func remove() {
    let own = mark.withLock { $0.take() }
    if let own, Self.mark(of: path) == own { unlink(path) }
    clear()
  }

  /// Removes the directory of its own.
  private func clear() {
    for name in ["/s", "/old"] { unlink(directory + name) }
    rmdir(directory)
  }

  /// Bytes that the system's address has room for, with a zero at the end.
  private static let longest = 108

  /// - Throws: when there is something at a path that is in use, or no socket.
  private static func check(_ path: String) throws(UnixSocketError) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw UnixSocketError(path, errno)
    }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw UnixSocketError("\(path) is there already and is no socket; choose another path")
    }
    switch connect(path) {
    case ECONNREFUSED, ENOENT: return
    default: throw .inUse(path)
    }
  }

  /// Connects to a socket for a moment; returns the error's number, 0 for none.
  private static func connect(_ path: String) -> CInt {
    let descriptor = socket(
      AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) {
      $0.copyBytes(from: path.utf8.prefix(longest - 1))
    }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let result = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, size)
      }
    }
    return result == 0 ? 0 : errno
  }

  private static func mark(of path: String) -> Mark? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    return Mark(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }
}

/// Why a Unix socket cannot be listened on.
struct UnixSocketError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = "unix:" + description + "." }

  /// - Parameter number: the system's error.
  init(_ path: String, _ number: CInt) {
    self.init("\(path) cannot be listened on: \(String(cString: strerror(number)).lowercased())")
  }

  static func inUse(_ path: String) -> UnixSocketError {
    UnixSocketError(
      "\(path) is in use by another program, such as another gateway. End that one, or choose "
        + "another address with --listen")
  }
}
