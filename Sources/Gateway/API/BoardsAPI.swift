import Boards
import DeviceDiscovery
import LinkProtocol

/// A board as `GET /api/v1/boards/{name}` shows it.
struct BoardDescription: Encodable {
  let name: String
  let state: String
  /// Why, for states that have a reason.
  let reason: String?
  /// Nil while no device is there.
  let port: String?
  /// Counts the times that the port came.
  let generation: UInt64
  /// Of the device behind the port, where it is a claimed one.
  let serialNumber: String?
  /// Where the board's own pages are.
  let url: String
  let firmware: Firmware?
  /// Nil unless the board serves.
  let limits: Limits?
  let routes: [RouteDescription]
  let link: LinkFigures
  let requests: Requests

  struct Firmware: Encodable {
    let implementation: String
    let machine: String
    let package: String
    let bootID: String
    let protocolVersion: Int
  }

  /// What requests have to keep to; all but the deadline the board's own words.
  struct Limits: Encodable {
    /// The check of frames: `crc32` or `fletcher16`.
    let check: String
    /// Requests that may run at once.
    let streams: Int
    /// Bytes of frames that may be under way to the board.
    let window: Int
    /// Frames that may be under way from the board.
    let slots: Int
    /// Bytes of a frame's body, towards the board.
    let largestFrame: Int
    /// Bytes of a request's head.
    let largestHead: Int
    /// Seconds that a handler may take to begin its response.
    let deadline: Double
  }

  struct RouteDescription: Encodable {
    let method: String
    let path: String
  }

  struct Requests: Encodable {
    let running: Int
    let waiting: Int
  }

  /// Counts since the gateway started.
  struct LinkFigures: Encodable {
    let sessions: UInt64
    let framesSent: UInt64
    let framesReceived: UInt64
    let bytesSent: UInt64
    let bytesReceived: UInt64
    let retransmissions: UInt64
    let checkErrors: UInt64
    let duplicates: UInt64
    let pings: UInt64
    /// Smoothed, in milliseconds.
    let roundTrip: Double?
  }

  init(_ status: BoardStatus) {
    name = status.name
    state = status.state.name
    reason = status.state.reason
    port = status.port
    generation = status.generation
    serialNumber = status.device?.serialNumber
    url = "/boards/\(status.name)/"
    firmware = status.identity.map {
      Firmware(
        implementation: $0.implementation, machine: $0.machine, package: $0.package,
        bootID: $0.bootID, protocolVersion: Int($0.version))
    }
    limits = status.identity.map {
      Limits(
        check: $0.check.name, streams: $0.streams, window: $0.window, slots: $0.slots,
        largestFrame: $0.largestBody, largestHead: $0.largestHead,
        deadline: status.deadline / .seconds(1))
    }
    routes = status.routes.map { RouteDescription(method: $0.method, path: $0.path) }
    let figures = status.link
    link = LinkFigures(
      sessions: figures.sessions, framesSent: figures.framesSent,
      framesReceived: figures.framesReceived, bytesSent: figures.bytesSent,
      bytesReceived: figures.bytesReceived, retransmissions: figures.retransmissions,
      checkErrors: figures.damaged, duplicates: figures.duplicates, pings: figures.pingsSent,
      roundTrip: figures.roundTrip.map { ($0 / .microseconds(1)).rounded() / 1000 })
    requests = Requests(running: status.running, waiting: status.waiting)
  }
}

/// `GET /api/v1/boards`.
struct BoardList: Encodable {
  let boards: [BoardDescription]
}

/// `GET /health`: the gateway is well as long as it answers; boards may be away.
struct Health: Encodable {
  let status = "ok"
  let boards: Int
  let serving: Int
  /// How the history fares; nil when none is kept.
  let history: String?

  enum CodingKeys: String, CodingKey { case status, boards, serving, history }
}
