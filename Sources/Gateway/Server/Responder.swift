import Boards
import HTTPTypes
import HummingbirdCore
import LinkProtocol
import NIOCore
import NIOHTTP1

/// Decides who answers a request, and writes the answer.
struct Responder: Sendable {
  let dispatch: Dispatch
  let executor: LoopExecutor

  private var boards: BoardRegistry { dispatch.boards }

  /// What is to be written; made before the writer is used, which can be done once only.
  private enum Answer {
    case reply(Reply)
    case board(Forwarding.Answer)
    case shared(SharedStream, SharedStream.Place)
    case production(Production, HTTPResponse)
    case none
  }

  func respond(
    to request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel
  ) async throws {
    let client = Client(channel: channel)
    if request.headers[.expect]?.lowercased() == "100-continue", mayContinue(request) {
      try await writer.writeInformationalHead(HTTPResponse(status: .continue))
    }
    let destination = Result { () throws(Problem) in try dispatch.destination(of: request.head) }
    let begun = try client.takeBegun()
    let record = begun?.record ?? record(of: request, to: destination)
    switch try await answer(to: request, at: destination, begun?.begun, client) {
    case .reply(let reply):
      let body = request.method == .head ? ByteBuffer() : reply.body
      try await writer.write(response: reply.head, body: ResponseBody(byteBuffer: body))
      record?.end(status: reply.head.status.code)
    case .board(let answer):
      do {
        try await write(answer, writer, client)
        record?.end(status: answer.response.head.status)
      } catch {
        record?.end(status: RequestRecord.clientGone)
        throw error
      }
    case .shared(let stream, let place):
      do {
        try await write(stream, place, writer, client)
        record?.end(status: stream.head.status.code)
      } catch {
        record?.end(status: RequestRecord.clientGone)
        throw error
      }
    case .production(let production, let head):
      try await production.write(head, to: writer, for: client, dispatch.configuration)
    case .none:
      // Gone, or what it sends is no HTTP any more.
      record?.end(status: RequestRecord.clientGone)
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

  private func record(
    of request: Request, to destination: Result<Destination, Problem>
  ) -> RequestRecord? {
    guard case .success(.board(let name, let target)) = destination, boards[name] != nil else {
      return nil
    }
    return RequestRecord(
      log: boards.log, board: name, method: request.method.rawValue, target: target)
  }

  private func answer(
    to request: Request, at destination: Result<Destination, Problem>,
    _ begun: ExpressLane.Begun?, _ client: Client
  ) async throws -> Answer {
    do {
      switch try destination.get() {
      case .board(let name, let target):
        guard let board = boards[name] else { throw dispatch.unknown(name) }
        let forwarding = Forwarding(
          board: board, configuration: dispatch.configuration, client: client, executor: executor)
        if begun == nil, request.method == .get,
          let stream = dispatch.shared.stream(to: name, target),
          let place = stream.join()
        {
          return .shared(stream, place)
        }
        let answer =
          if let begun {
            try await forwarding.answer(to: request, begun: begun)
          } else {
            try await forwarding.answer(to: request, target: target)
          }
        guard SharedStreams.isOffered(answer.response.head, to: request.method) else {
          return .board(answer)
        }
        let stream = await dispatch.shared.share(
          answer.response, as: SharedStreams.Key(board: name, target: target), on: executor)
        guard let place = stream.join() else { return .none }
        return .shared(stream, place)
      case .redirect(let location):
        var reply = Reply(status: .permanentRedirect)
        reply.head.headerFields[.location] = location
        return .reply(reply)
      case .gateway(let path):
        switch try await GatewayAPI(dispatch: dispatch).answer(to: request, path: path) {
        case .reply(let reply): return .reply(reply)
        case .work(let work):
          let production = Production(on: executor, work)
          switch try await production.opening(for: client) {
          case .reply(let reply): return .reply(reply)
          case .head(let head): return .production(production, head)
          }
        }
      }
    } catch let problem as Problem {
      return .reply(.problem(problem))
    } catch let error as HTTPParserError {
      return .reply(.problem(.unreadable(error)))
    } catch is CancellationError {
      return .none
    }
  }

  // MARK: A board's answer

  private func write(
    _ answer: Forwarding.Answer, _ writer: consuming ResponseWriter, _ client: Client
  ) async throws {
    var response = answer.response
    let head = HTTPResponse(response.head)
    do {
      if let body = response.wholeBody {
        try await writer.write(response: head, body: ResponseBody(byteBuffer: body))
      } else {
        let rest = response.canceller
        client.onGone { Task { await rest.cancel(.clientGone) } }
        defer { client.onGone(nil) }
        var bodyWriter = try await writer.writeHead(head)
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

  private func write(
    _ stream: SharedStream, _ place: SharedStream.Place, _ writer: consuming ResponseWriter,
    _ client: Client
  ) async throws {
    client.onGone { Task { await stream.leave(place.number) } }
    defer { client.onGone(nil) }
    do {
      var bodyWriter = try await writer.writeHead(stream.head)
      for await event in place.events { try await bodyWriter.write(event) }
      if let notice = stream.lastNotice(place.number) { try await bodyWriter.write(notice) }
      if stream.hasFailed { throw CancellationError() }
      try await bodyWriter.finish(nil)
    } catch {
      await stream.leave(place.number)
      throw error
    }
    await stream.leave(place.number)
  }
}
