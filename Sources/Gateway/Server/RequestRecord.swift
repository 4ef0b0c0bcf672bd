import Boards
import Events
import NIOCore

/// A request to a board, for the event log.
struct RequestRecord {
  let log: EventLog
  let board: String
  let method: String
  let target: String
  let began: NIODeadline = .now()

  /// What proxies log for a client that went before its response was whole.
  static let clientGone = 499

  /// Logs that the request is over.
  func end(status: Int) {
    let microseconds = (NIODeadline.now() - began).nanoseconds / 1000
    log.append(
      .request(method: method, path: target, status: status, durationMicroseconds: microseconds),
      board: board, time: WallClock.now)
  }
}
