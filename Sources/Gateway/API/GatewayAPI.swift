import Boards
import Events
import HTTPTypes
import HummingbirdCore

/// What the gateway itself answers: `/health`, and all below `/api/v1`.
struct GatewayAPI: Sendable {
  let dispatch: Dispatch

  private var boards: BoardRegistry { dispatch.boards }

  /// What is to be answered.
  enum Answer {
    case reply(Reply)
    case events(EventQuery)
  }

  /// Longest time for which a port may be let go.
  private static let longestRelease: Duration = .seconds(24 * 3600)

  /// - Parameter path: the target without its query.
  /// - Throws: ``Problem``.
  func answer(to request: Request, path: String) async throws(Problem) -> Answer {
    let words = path.split(separator: "/").map(String.init)
    let query = QueryString(target: request.head.path ?? path)
    if words == ["health"] {
      try allow([.get, .head], request, path)
      return .reply(.json(await health()))
    }
    guard words.starts(with: ["api", "v1"]) else { throw .notFound(path) }
    switch words.dropFirst(2).first {
    case "boards": return try await board(Array(words.dropFirst(3)), request, path, query)
    case "devices" where words.count == 3:
      try allow([.get, .head], request, path)
      return .reply(.json(DeviceList(devices: boards.devices.map(DeviceDescription.init))))
    case "events" where words.count == 3:
      try allow([.get, .head], request, path)
      return .events(try EventQuery(query, lastEventID: request.headers[.lastEventID]))
    case "events" where words.count == 4 && words[3] == "history":
      try allow([.get, .head], request, path)
      return .reply(try await dispatch.history.page(query))
    default: throw .notFound(path)
    }
  }

  /// What is below `/api/v1/boards`.
  private func board(
    _ words: [String], _ request: Request, _ path: String, _ query: QueryString
  ) async throws(Problem) -> Answer {
    guard let name = words.first else {
      try allow([.get, .head], request, path)
      return .reply(.json(BoardList(boards: await descriptions())))
    }
    guard let board = boards[name] else { throw dispatch.unknown(name) }
    switch words.dropFirst() {
    case []:
      try allow([.get, .head], request, path)
    case ["events"]:
      try allow([.get, .head], request, path)
      return .events(
        try EventQuery(query, board: name, lastEventID: request.headers[.lastEventID]))
    case ["release"]:
      try allow([.post], request, path)
      await board.release(for: try releaseTime(query))
    case ["acquire"]:
      try allow([.post], request, path)
      await board.acquire()
    default: throw .notFound(path)
    }
    return .reply(.json(BoardDescription(await board.status)))
  }

  private func releaseTime(_ query: QueryString) throws(Problem) -> Duration {
    guard let text = query["for"] else { return .seconds(30) }
    guard let time = Duration(text: text), time > .zero, time <= Self.longestRelease else {
      throw .badQuery("for=\(text) is no time to let go; write a time up to 24h, such as for=30s")
    }
    return time
  }

  private func allow(
    _ methods: [HTTPRequest.Method], _ request: Request, _ path: String
  ) throws(Problem) {
    guard methods.contains(request.method) else {
      throw .methodNotAllowed(request.method.rawValue, path, allowed: methods.map(\.rawValue))
    }
  }

  // MARK: Answers

  private func descriptions() async -> [BoardDescription] {
    var descriptions: [BoardDescription] = []
    for board in boards.boards { descriptions.append(BoardDescription(await board.status)) }
    return descriptions
  }

  private func health() async -> Health {
    let all = boards.boards
    var serving = 0
    for board in all where await board.state == .serving { serving += 1 }
    return Health(
      boards: all.count, serving: serving, history: await dispatch.history.state())
  }
}
