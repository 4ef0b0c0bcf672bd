import Boards
import Events
import HTTPTypes
import HummingbirdCore

/// What the gateway itself answers: `/health`, and all below `/api/v1`.
struct GatewayAPI: Sendable {
  let dispatch: Dispatch

  private var boards: BoardRegistry { dispatch.boards }

  /// Longest time for which a port may be let go.
  private static let longestRelease: Duration = .seconds(24 * 3600)

  /// What is answered: at once, or by work that takes its time.
  enum Answer {
    case reply(Reply)
    case work(Production.Work)
  }

  /// Answers all but GETs of events, which the connection's own handler streams.
  ///
  /// - Parameter path: the target without its query.
  /// - Throws: ``Problem``; `CancellationError` when the client has gone.
  func answer(to request: Request, path: String) async throws -> Answer {
    if let (board, subject, rest) = try managed(path) {
      let managing = ManagingAPI(board: board, configuration: dispatch.configuration)
      let query = QueryString(target: request.head.path ?? path)
      return .work(try await managing.answer(subject, rest, to: request, path, query))
    }
    return .reply(try await reply(to: request, path: path))
  }

  /// What is to be managed at a path; nil when it leads elsewhere.
  private func managed(
    _ path: String
  ) throws(Problem) -> (board: Board, subject: ManagingAPI.Subject, rest: Substring?)? {
    let words = path.split(separator: "/", maxSplits: 6, omittingEmptySubsequences: false)
    guard words.count > 5, words.starts(with: ["", "api", "v1", "boards"]),
      let subject = ManagingAPI.Subject(rawValue: String(words[5]))
    else { return nil }
    let name = String(words[4])
    guard let board = boards[name] else { throw dispatch.unknown(name) }
    return (board, subject, words.count > 6 ? words[6] : nil)
  }

  private func reply(to request: Request, path: String) async throws(Problem) -> Reply {
    let words = path.split(separator: "/").map(String.init)
    let query = QueryString(target: request.head.path ?? path)
    if words == ["health"] {
      try request.allow([.get, .head], at: path)
      return .json(await health())
    }
    guard words.starts(with: ["api", "v1"]), !path.contains("//") else { throw .notFound(path) }
    switch words.dropFirst(2).first {
    case "boards": return try await board(Array(words.dropFirst(3)), request, path, query)
    case "devices" where words.count == 3:
      try request.allow([.get, .head], at: path)
      return .json(DeviceList(devices: boards.devices.map(DeviceDescription.init)))
    case "events" where words.count == 3:
      try request.allow([.get, .head], at: path)
      _ = try events(for: request.head)
      return .headOfEvents
    case "events" where words.count == 4 && words[3] == "history":
      try request.allow([.get, .head], at: path)
      return try await dispatch.history.page(query)
    default: throw .notFound(path)
    }
  }

  /// What is below `/api/v1/boards`.
  private func board(
    _ words: [String], _ request: Request, _ path: String, _ query: QueryString
  ) async throws(Problem) -> Reply {
    guard let name = words.first else {
      try request.allow([.get, .head], at: path)
      return .json(BoardList(boards: await descriptions()))
    }
    guard let board = boards[name] else { throw dispatch.unknown(name) }
    switch words.dropFirst() {
    case []:
      try request.allow([.get, .head], at: path)
    case ["events"]:
      try request.allow([.get, .head], at: path)
      _ = try events(for: request.head)
      return .headOfEvents
    case ["release"]:
      try request.allow([.post], at: path)
      await board.release(for: try releaseTime(query))
    case ["acquire"]:
      try request.allow([.post], at: path)
      await board.acquire()
    default: throw .notFound(path)
    }
    return .json(BoardDescription(await board.status))
  }

  /// Whose events there are at a path.
  enum EventSource: Equatable {
    case all
    case board(String)

    /// Nil when the path leads elsewhere.
    init?(path: String) {
      let words = path.split(separator: "/")
      if words == ["api", "v1", "events"] {
        self = .all
      } else if words.count == 5, words.starts(with: ["api", "v1", "boards"]), words[4] == "events"
      {
        self = .board(String(words[3]))
      } else {
        return nil
      }
    }
  }

  /// What a GET of events wants.
  func events(for head: HTTPRequest) throws(Problem) -> EventQuery {
    let target = head.path ?? ""
    var name: String?
    if case .board(let board) = EventSource(path: String(target.prefix { $0 != "?" })) {
      guard boards[board] != nil else { throw dispatch.unknown(board) }
      name = board
    }
    return try EventQuery(
      QueryString(target: target), board: name, lastEventID: head.headerFields[.lastEventID])
  }

  private func releaseTime(_ query: QueryString) throws(Problem) -> Duration {
    try query.allow(["for"])
    guard let text = query["for"] else { return .seconds(30) }
    guard let time = Duration(text: text), time > .zero, time <= Self.longestRelease else {
      throw .badQuery("for=\(text) is no time to let go; write a time up to 24h, such as for=30s")
    }
    return time
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

extension Request {
  /// - Throws: when its method is none of those that are taken.
  func allow(_ methods: [HTTPRequest.Method], at path: String) throws(Problem) {
    guard methods.contains(method) else {
      throw .methodNotAllowed(method.rawValue, path, allowed: methods.map(\.rawValue))
    }
  }
}
