import Boards
import HTTPTypes
import HummingbirdCore
import LinkProtocol
import NIOCore

/// Decides who answers a request, and writes the answer.
struct Responder: Sendable {
  let dispatch: Dispatch
  let executor: LoopExecutor

  private var date: HTTPDate { dispatch.date }
  private var boards: BoardRegistry { dispatch.boards }

  /// What is to be written; made before the writer is used, which can be done once only.
  private enum Answer {
    case reply(Reply)
    case board(Forwarding.Answer)
    case events(Board)
    case none
  }

  func respond(
    to request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel
  ) async throws {
    let client = Client(channel: channel)
    if request.headers[.expect]?.lowercased() == "100-continue", mayContinue(request) {
      try await writer.writeInformationalHead(HTTPResponse(status: .continue))
    }
    switch try await answer(to: request, client) {
    case .reply(var reply):
      reply.head.headerFields[.date] = date.now
      let body = request.method == .head ? ByteBuffer() : reply.body
      try await writer.write(response: reply.head, body: ResponseBody(byteBuffer: body))
    case .board(let answer):
      try await write(answer, writer, client)
    case .events(let board):
      var head = EventStream.head
      head.headerFields[.date] = date.now
      var bodyWriter = try await writer.writeHead(head)
      try await EventStream(board: board, client: client).send(to: &bodyWriter)
      try await bodyWriter.finish(nil)
    case .none:
      // Gone, or what it sends is no HTTP any more.
      channel.close(promise: nil)
      throw CancellationError()
    }
  }

  /// Whether the client should send its body; not when the length alone refuses it.
  private func mayContinue(_ request: Request) -> Bool {
    guard let length = request.headers[.contentLength].flatMap(Int.init) else { return true }
    return length <= dispatch.configuration.largestBody
  }

  // MARK: Who answers

  private func answer(to request: Request, _ client: Client) async throws -> Answer {
    do {
      switch try dispatch.destination(of: request.head) {
      case .board(let name, let target):
        guard let board = boards[name] else { throw dispatch.unknown(name) }
        let forwarding = Forwarding(
          board: board, configuration: dispatch.configuration, client: client, executor: executor)
        if let begun = client.takeBegun() {
          return .board(try await forwarding.answer(to: request, begun: begun))
        }
        return .board(try await forwarding.answer(to: request, target: target))
      case .redirect(let location):
        var reply = Reply(status: .permanentRedirect)
        reply.head.headerFields[.location] = location
        return .reply(reply)
      case .gateway(let path):
        return try await own(path, request)
      }
    } catch let problem as Problem {
      return .reply(.problem(problem))
    } catch is CancellationError {
      return .none
    }
  }

  private func own(_ path: String, _ request: Request) async throws -> Answer {
    var words = path.split(separator: "/")[...]
    guard words.first == "health" || words.prefix(3) == ["api", "v1", "boards"] else {
      throw Problem.notFound(path)
    }
    guard request.method == .get || request.method == .head else {
      throw Problem.methodNotAllowed(request.method.rawValue, path)
    }
    if words.count == 1 { return .reply(.json(await health())) }
    words = words.dropFirst(3)
    guard let name = words.popFirst().map(String.init) else {
      return .reply(.json(BoardList(boards: await descriptions())))
    }
    guard let board = boards[name] else { throw dispatch.unknown(name) }
    switch words.popFirst() {
    case nil: return .reply(.json(BoardDescription(await board.status)))
    case "events" where words.isEmpty:
      return request.method == .head
        ? .reply(Reply(status: .ok, contentType: "text/event-stream")) : .events(board)
    default: throw Problem.notFound(path)
    }
  }

  private func descriptions() async -> [BoardDescription] {
    var descriptions: [BoardDescription] = []
    for board in boards.boards { descriptions.append(BoardDescription(await board.status)) }
    return descriptions
  }

  private func health() async -> Health {
    var serving = 0
    for board in boards.boards where await board.state == .serving { serving += 1 }
    return Health(boards: boards.boards.count, serving: serving)
  }

  // MARK: A board's answer

  private func write(
    _ answer: Forwarding.Answer, _ writer: consuming ResponseWriter, _ client: Client
  ) async throws {
    var response = answer.response
    if response.head.headerFields[.date] == nil { response.head.headerFields[.date] = date.now }
    do {
      if let body = response.wholeBody {
        try await writer.write(response: response.head, body: ResponseBody(byteBuffer: body))
      } else {
        let rest = response.canceller
        client.onGone { Task { await rest.cancel(.clientGone) } }
        defer { client.onGone(nil) }
        var bodyWriter = try await writer.writeHead(response.head)
        while let piece = try await response.next() { try await bodyWriter.write(piece) }
        try await bodyWriter.finish(nil)
      }
    } catch {
      // The connection to the client ends in the middle, which tells it that the response did too.
      await response.cancel()
      _ = await answer.upload?.finish()
      throw error
    }
    _ = await answer.upload?.finish()
  }
}
