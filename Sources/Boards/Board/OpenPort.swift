import Glibc
import SerialIO
import Synchronization

/// An open port that closures can share. Its descriptor is the last to be closed, so that what can
/// block happens here, and not where the line's channel closes.
final class OpenPort: Sendable {
  private let port: Mutex<SerialPort?>

  init(_ port: consuming SerialPort) { self.port = Mutex(port) }

  func duplicatedPair() throws -> (input: CInt, output: CInt) {
    try port.withLock { port throws -> (CInt, CInt) in
      guard let pair = try port?.duplicatedPair() else { throw CancellationError() }
      return pair
    }
  }

  /// Resets the board by the modem lines, if its profile says how. Blocks for a tenth of a second.
  func reset() throws -> Bool {
    try port.withLock { port throws -> Bool in try port?.resetBoard() ?? false }
  }

  /// Drops the modem lines and closes. May block.
  func close() {
    guard let port = port.withLock({ $0.take() }) else { return }
    port.close()
  }
}

/// Tells a terminal from another that has its path later.
struct PortMark: Equatable {
  private let device: UInt64
  private let inode: UInt64
  /// Of the node: a pty's number is used again, and so is its inode.
  private let changed: [Int]

  init(of descriptor: CInt) {
    var status = stat()
    fstat(descriptor, &status)
    device = UInt64(status.st_rdev)
    inode = UInt64(status.st_ino)
    changed = [Int(status.st_ctim.tv_sec), Int(status.st_ctim.tv_nsec)]
  }
}
