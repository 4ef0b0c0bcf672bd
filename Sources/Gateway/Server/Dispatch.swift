import Boards
import EventHistory
import HTTPTypes

/// Decides where a request goes.
struct Dispatch: Sendable {
  let configuration: GatewayConfiguration
  let boards: BoardRegistry
  let history: HistoryAPI
  let date = HTTPDate()
  let shared = SharedStreams()
  private let admission: Admission

  init(
    configuration: GatewayConfiguration, boards: BoardRegistry, history: EventHistory? = nil
  ) {
    self.configuration = configuration
    self.boards = boards
    self.history = HistoryAPI(history: history)
    admission = Admission(
      isLoopback: configuration.isLoopback,
      domain: configuration.domain?.lowercased())
  }

  /// - Throws: why the request may not come from where it comes from.
  func destination(of request: HTTPRequest) throws(Problem) -> Destination {
    var site: Site?
    return try destination(
      of: request.path ?? "/", host: request.authority, origin: request.headerFields[.origin],
      site: &site)
  }

  /// The same for one of a connection's requests.
  ///
  /// - Parameter site: that of the client's request before; that of this one, afterwards.
  /// - Throws: why the request may not come from where it comes from.
  func destination(
    of target: String, host: String?, origin: String?, site: inout Site?
  ) throws(Problem) -> Destination {
    let current: Site
    if let site, site.host == host, site.origin == origin {
      current = site
    } else {
      current = Site(host: host, origin: origin, admission: admission)
      site = current
    }
    if let refusal = current.refusal { throw refusal }
    return Destination(target: target, board: current.board)
  }

  func unknown(_ name: String) -> Problem {
    .unknownBoard(name, known: boards.boards.map(\.name))
  }
}
