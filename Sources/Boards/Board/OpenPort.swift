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

  /// Drops the modem lines and closes. May block.
  func close() {
    guard let port = port.withLock({ $0.take() }) else { return }
    port.close()
  }
}
