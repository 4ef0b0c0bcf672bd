import Boards
import HTTPTypes
import HummingbirdCore

/// What changes a board, or runs code on it: all below `/api/v1/boards/{name}` that is off unless
/// the gateway allows managing.
struct ManagingAPI {
  let board: Board
  let configuration: GatewayConfiguration

  enum Subject: String {
    case files, info, exec, reset, install, console
  }

  /// - Parameter rest: what is behind the subject in the path, still encoded; nil for nothing.
  /// - Throws: ``Problem``; `CancellationError` when the client has gone.
  func answer(
    _ subject: Subject, _ rest: Substring?, to request: Request, _ path: String,
    _ query: QueryString
  ) async throws -> Production.Work {
    guard configuration.allowsManaging else { throw Problem.managingOff(board: board.name) }
    guard rest == nil || subject == .files else { throw Problem.notFound(path) }
    let work = try await work(subject, rest ?? "", request, path, query)
    return { [title = board.title] outflow in
      do {
        return try await work(outflow)
      } catch {
        throw try Problem.of(error, board: title)
      }
    }
  }

  private func work(
    _ subject: Subject, _ rest: Substring, _ request: Request, _ path: String,
    _ query: QueryString
  ) async throws -> Production.Work {
    switch subject {
    case .files:
      try request.allow([.get, .head, .put, .delete], at: path)
      let files = FilesAPI(
        board: board, request: request, query: query, path: try BoardPath(percentEncoded: rest),
        largestBody: configuration.largestBody)
      return try await files.work()
    case .info:
      try request.allow([.get, .head], at: path)
      try query.allow([])
      return { [board] _ in .json(try await board.manage("info", BoardInfo.read)) }
    case .exec:
      try request.allow([.post], at: path)
      return try await ExecAPI(board, request, query).work(for: request)
    case .reset:
      try request.allow([.post], at: path)
      let mode = try resetMode(query)
      return { [board] _ in
        try await board.reset(mode)
        return .accepted
      }
    case .install:
      try request.allow([.post], at: path)
      let install = try await InstallAPI(
        board, request, query, largestBody: configuration.largestBody)
      return install.work(for: request)
    case .console:
      try request.allow([.get, .head, .post], at: path)
      try query.allow([])
      let console = ConsoleAPI(board: board)
      return request.method == .post ? try await console.type(request) : console.follow(request)
    }
  }

  private func resetMode(_ query: QueryString) throws(Problem) -> Board.ResetMode {
    try query.allow(["mode"])
    guard let text = query["mode"] else { return .soft }
    guard let mode = Board.ResetMode(rawValue: text) else {
      let known = Board.ResetMode.allCases.map(\.rawValue).joined(separator: ", ")
      throw .badQuery("mode=\(text) is none; there are \(known)")
    }
    return mode
  }
}
