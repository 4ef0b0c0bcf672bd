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
    let host = request.authority
    if let problem = admission.refusal(host: host, origin: request.headerFields[.origin]) {
      throw problem
    }
    return Destination(
      target: request.path ?? "/", host: host, domain: configuration.domain)
  }

  func unknown(_ name: String) -> Problem {
    .unknownBoard(name, known: boards.boards.map(\.name))
  }
}
