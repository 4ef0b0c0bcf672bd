import HummingbirdCore
import Logging

/// Clients beyond a number wait in the kernel's queue until others leave.
///
/// A process without a free descriptor is lost: Dispatch, which opens files in /proc to see how busy
/// its threads are, ends it.
struct ConnectionLimit: AvailableConnectionsDelegate {
  let most: Int
  let logger: Logger
  private var count = 0
  /// Told once, until half of them have left.
  private var isTold = false

  init(_ most: Int, logger: Logger) {
    self.most = most
    self.logger = logger
  }

  mutating func connectionOpened() {
    count += 1
    guard count >= most, !isTold else { return }
    isTold = true
    logger.warning(
      """
      \(count) clients are connected, the most that there may be: others wait until some leave. Below \
      8,192 that is for the limit of open files (`ulimit -Hn`, or LimitNOFILE= in the service).
      """)
  }

  mutating func connectionClosed() {
    count -= 1
    if count <= most / 2 { isTold = false }
  }

  func isAcceptingNewConnections() -> Bool { count < most }
}
