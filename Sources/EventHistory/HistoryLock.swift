private import Glibc
private import Synchronization

/// The claim of one gateway on a history: `flock` on a file beside it.
///
/// It ends with the process that has it, however that ends.
final class HistoryLock: Sendable {
  private let descriptor: Mutex<CInt?>

  /// - Parameter path: the history's; the lock is in the same directory.
  /// - Throws: ``HistoryError`` with code `busy` and who has it, or `failed`.
  init(path: String) throws(HistoryError) {
    let lockPath = path + ".lock"
    let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw HistoryError(
        .failed,
        "cannot open \(lockPath): \(String(cString: strerror(errno))). "
          + "Let this user write to the directory.")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let holder = Self.read(descriptor)
      close(descriptor)
      throw HistoryError(
        .busy,
        "the history \(path) is in use by another gateway\(holder). Stop that one, "
          + "or give this one a state directory of its own.")
    }
    // Only for the message that another gateway gives.
    let text = Array("\(getpid())\n".utf8)
    if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
    self.descriptor = Mutex(descriptor)
  }

  deinit { release() }

  /// Gives the claim back. Does nothing the second time.
  func release() {
    let held = descriptor.withLock { held in
      defer { held = nil }
      return held
    }
    if let held { close(held) }
  }

  private static func read(_ descriptor: CInt) -> String {
    var bytes = [UInt8](repeating: 0, count: 20)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let digits = bytes.prefix(max(0, count)).prefix { (0x30...0x39).contains($0) }
    return digits.isEmpty ? "" : " (process \(String(decoding: digits, as: UTF8.self)))"
  }
}
