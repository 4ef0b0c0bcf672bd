import Boards
import HTTPTypes
import HummingbirdCore
import LinkProtocol
import NIOCore

/// Takes one request to a board.
struct Forwarding {
  /// A body of up to so many bytes is read before the board hears of the request; others stream.
  static let wholeBody = 16 << 10
  /// How long the first bytes of a response may take before somebody watches whether the client
  /// is still there: most are faster, and watching has a price.
  static let patience: Duration = .milliseconds(20)

  let board: Board
  let configuration: GatewayConfiguration
  let client: Client
  let executor: LoopExecutor

  /// What the client gets, and what goes on meanwhile.
  struct Answer {
    var response: BoardResponse
    var upload: Upload?
  }

  /// Brings the request to the board, and waits for the head of its response.
  ///
  /// - Throws: ``Problem``; `CancellationError` when the client has gone.
  func answer(to request: Request, target: String) async throws -> Answer {
    let hasWaited = try await wait(as: request)
    var answer = try await send(request, target: target)
    if hasWaited {
      let applied = ResponseHead.Field(name: "Preference-Applied", value: "wait")
      answer.response.head.fields.append(applied)
    }
    return answer
  }

  /// How long a request waits for a program that managing has stopped.
  private static let returnTime: Duration = .seconds(5)

  /// Waits for a board that is away, when the client asks for it, and for one that is being managed.
  ///
  /// - Returns: whether there was a wait that the client has asked for.
  private func wait(as request: Request) async throws -> Bool {
    let asked = Preference.wait(in: request.headers)
    guard await board.state != .serving else { return false }
    let isComingBack = await board.isComingBack
    guard let time = asked ?? (isComingBack ? Self.returnTime : nil) else { return false }
    let wait = Task { try await board.waitUntilServing(time, orEnd: asked == nil) }
    client.onGone { wait.cancel() }
    defer { client.onGone(nil) }
    do {
      try await wait.value
      return asked != nil
    } catch let error as ExchangeError {
      throw Problem(error, board: board.name)
    }
  }

  private func send(_ request: Request, target: String) async throws -> Answer {
    let head = RequestHead(
      method: request.method.rawValue, target: target, client: client.foreignAddress,
      fields: configuration.forwardedFields.select(from: request.head.fields))
    let length = try bodyLength(of: request)
    do {
      guard let length, length <= Self.wholeBody else {
        return try await stream(request, head)
      }
      var body: [UInt8] = []
      if length > 0 {
        for try await part in request.body { body += part.readableBytesView }
      }
      let (chunk, exchange) = try await board.perform(
        head, body: body, end: true, patience: Self.patience)
      return Answer(response: try await response(chunk, exchange, request.method))
    } catch let error as ExchangeError {
      if error.cause == .clientGone { throw CancellationError() }
      throw Problem(error, board: board.name)
    }
  }

  /// Goes on with what the lane has begun.
  func answer(to request: Request, begun: ExpressLane.Begun) async throws -> Answer {
    do {
      switch begun {
      case .response(let response): return Answer(response: response)
      case .exchange(let exchange, let reader):
        return Answer(response: try await response(reader, exchange))
      }
    } catch let error as ExchangeError {
      if error.cause == .clientGone { throw CancellationError() }
      throw Problem(error, board: board.name)
    }
  }

  /// A request whose body goes on while its response may come already.
  private func stream(_ request: Request, _ head: RequestHead) async throws -> Answer {
    let exchange = try await board.begin(head, body: [], end: false)
    let upload = Upload(
      request.body, to: exchange, limit: configuration.largestBody, on: executor)
    do {
      let response = try await response(nil, exchange, request.method)
      return Answer(response: response, upload: upload)
    } catch {
      var problem: Problem
      switch await upload.finish() {
      case .tooLarge: problem = .bodyTooLarge(limit: configuration.largestBody)
      case .malformed(let error): problem = .unreadable(error)
      case .done, .broken: throw error
      }
      problem.delivery = "may have run"
      throw problem
    }
  }

  private func response(
    _ chunk: Exchange.Chunk?, _ exchange: Exchange, _ method: HTTPRequest.Method
  ) async throws -> BoardResponse {
    var reader = ResponseReader(exchange, isHead: method == .head, board: board.name)
    if let chunk, let response = try await reader.append(chunk) { return response }
    return try await response(reader, exchange)
  }

  /// Waits for the rest of the head, and watches whether the client stays.
  private func response(
    _ reader: ResponseReader, _ exchange: Exchange
  ) async throws -> BoardResponse {
    var reader = reader
    client.onGone { Task { await exchange.cancel(.clientGone) } }
    defer { client.onGone(nil) }
    while true {
      guard let chunk = try await exchange.next() else { continue }
      if let response = try await reader.append(chunk) { return response }
    }
  }

  /// The body's length; nil when it is not known before its end.
  private func bodyLength(of request: Request) throws -> Int? {
    if let text = request.headers[.contentLength] {
      guard let length = Int(text), length <= configuration.largestBody else {
        throw Problem.bodyTooLarge(limit: configuration.largestBody)
      }
      return length
    }
    return request.headers[.transferEncoding] == nil ? 0 : nil
  }
}
