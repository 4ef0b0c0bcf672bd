import Boards
import LinkProtocol
import NIOCore
import NIOHTTP1

/// Answers short requests to boards where they come in, without a task.
///
/// A request without a body goes from here to its board, and a response whose first bytes are all
/// of it goes back from here: no task is woken, which takes a third off the gateway's work. What
/// turns out to be longer, and every other request, goes on to Hummingbird, with what was begun.
/// So it stands before requests are converted for Hummingbird: the lane has no use for that.
///
/// The gateway's own streams of events end here too. It stands in the channel's pipeline, where it
/// also sees when the client goes, and which connections idle. Confined to the channel's event loop.
///
///     idle ── head ──► headed ── end ──► waiting ── whole response ──► idle ── asks for events ──► streaming
///      ▲                 │ body            │ more to come, or late
///      └── response ── passing ◄───────────┘
///                         └── the connection's last response ──► closing
final class ExpressLane: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// What Hummingbird's side goes on with.
  enum Begun {
    /// The response's head is there.
    case response(BoardResponse)
    /// The board has the request.
    case exchange(Exchange, ResponseReader)

    var exchange: Exchange {
      switch self {
      case .response(let response): response.canceller
      case .exchange(let exchange, _): exchange
      }
    }
  }

  enum State {
    /// No request.
    case idle
    /// The head of a request for a board came; its end is to follow.
    case headed(HTTPRequestHead, Board, target: String)
    /// The board has the request.
    case waiting(HTTPRequestHead, Exchange)
    /// Hummingbird has requests to answer.
    case passing
    /// The head of a request for events came; its end is to follow.
    case asking(HTTPRequestHead)
    /// Events go out, and what the client says besides is not looked at.
    case streaming(EventStream)
    /// The last response is out, and what the client still sends is dropped.
    case closing
  }

  let dispatch: Dispatch
  var state: State = .idle
  private var begun: Begun?
  /// Of the request that is in the lane, or was begun in it.
  var record: RequestRecord?
  var context: ChannelHandlerContext?
  /// Of the request that came last.
  var site: Site?
  /// What boards are told of where the client is.
  private lazy var address = context.flatMap { Client(channel: $0.channel).foreignAddress }
  /// What came behind a request that is not answered yet.
  var held = CircularBuffer<HTTPServerRequestPart>()
  /// What is wrong with the bytes behind them.
  var heldError: HTTPParserError?
  /// Held parts are being taken up: what that answers at once must not begin it again.
  private var isGoingOn = false
  /// After so many requests in one read, others on the loop have their turn, and boards.
  private static let mostInARow = 32
  private var inARow = 0
  /// The next read waits until the held parts are gone.
  private var owesRead = false
  /// Hummingbird got something, and has not heard that this read is complete.
  private var owesCompletion = false
  /// The requests that Hummingbird has, and has not answered.
  var passed = CircularBuffer<HTTPRequestHead>()
  /// The response under way has a head alone, whose end is not told: see ``isBare(_:to:)``.
  var endsWithHead = false
  /// A request has begun to come in, and its end has not come.
  var isReceiving = false
  var isGone = false
  var onGone: (() -> Void)?
  var lastMove: NIODeadline = .now()
  /// The next look whether the connection idles. It would keep a closed one in memory.
  var idleness: Scheduled<Void>?
  /// How long a client may take for what is left when the gateway stops.
  static let farewellTime: TimeAmount = .seconds(2)
  /// The end of that time.
  var farewell: Scheduled<Void>?

  init(_ dispatch: Dispatch) {
    self.dispatch = dispatch
  }

  /// Calls the closure once when the client closes its side, at once when it has; nil for no more.
  func watch(_ closure: (() -> Void)?) {
    if isGone { closure?() } else { onGone = closure }
  }

  /// What was begun of the request that Hummingbird now answers.
  func takeBegun() -> (begun: Begun, record: RequestRecord?)? {
    guard let begun else { return nil }
    defer {
      self.begun = nil
      record = nil
    }
    return (begun, record)
  }

  // MARK: Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .closing = state { return }
    lastMove = .now()
    var part = unwrapInboundIn(data)
    if case .head(var head) = part, head.uri.utf8.first != UInt8(ascii: "/") {
      head.makeOriginForm()
      part = .head(head)
    }
    if case .end = part { isReceiving = false } else { isReceiving = true }
    if held.isEmpty, mayTake(part) { take(part, context) } else { held.append(part) }
  }

  /// Whether the client takes what it is sent; else its next request waits.
  var takesMore: Bool { context?.channel.isWritable == true }

  /// Whether a part's turn has come.
  private func mayTake(_ part: HTTPServerRequestPart) -> Bool {
    switch state {
    case .waiting: return false
    case .passing:
      if case .head(let head) = part { return head.fault == nil && !asksForEvents(head) }
      return true
    case .idle:
      if case .head = part { return inARow < Self.mostInARow && takesMore }
      return true
    default: return true
    }
  }

  private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
    switch state {
    case .waiting, .streaming, .closing:
      break
    case .asking(let head):
      if case .end = part { stream(to: head, context) }
    case .headed(let head, let board, let target):
      if case .end = part, begin(head, board, target, context) { return }
      record = nil
      pass(head, context)
      take(part, context)
    case .idle:
      guard case .head(let head) = part else { return forward(part, context) }
      count(context)
      if let fault = head.fault {
        refuse(head, fault, context)
      } else if asksForEvents(head) {
        if head.expectsContinue { askForBody(context) }
        state = .asking(head)
      } else if let (board, target) = express(head) {
        record = RequestRecord(
          log: dispatch.boards.log, board: board.name, method: head.method.rawValue,
          target: target)
        state = .headed(head, board, target: target)
      } else {
        pass(head, context)
      }
    case .passing:
      if case .head(let head) = part { pass(head, context) } else { forward(part, context) }
    }
  }

  private func count(_ context: ChannelHandlerContext) {
    inARow += 1
    guard inARow == Self.mostInARow else { return }
    let lane = NIOLoopBound(self, eventLoop: context.eventLoop)
    // Not at once: the loop runs what it can before it looks at other sockets, and at lines.
    context.eventLoop.scheduleTask(in: .milliseconds(1)) {
      lane.value.inARow = 0
      if let context = lane.value.context { lane.value.goOn(context) }
    }
  }

  /// Where a request goes that can take the lane; nil for others.
  private func express(_ head: HTTPRequestHead) -> (Board, target: String)? {
    // What says more of the connection or the body is for Hummingbird, and targets that are no path.
    let fields = head.headers
    guard head.version == .http1_1, head.uri.utf8.first == UInt8(ascii: "/"),
      !fields.contains(name: "Content-Length"), !fields.contains(name: "Transfer-Encoding"),
      !fields.contains(name: "Expect"), !fields.contains(name: "Prefer"),
      // Browsers say what is so anyway; another word is for Hummingbird.
      fields["Connection"].allSatisfy({ $0.lowercased() == "keep-alive" }),
      case .board(let name, let target)? = destination(of: head),
      let board = dispatch.boards[name],
      head.method != .GET || dispatch.shared.stream(to: name, target) == nil
    else { return nil }
    return (board, target)
  }

  /// Where a request goes; nil for one that is refused.
  func destination(of head: HTTPRequestHead) -> Destination? {
    let fields = head.headers
    return try? dispatch.destination(
      of: head.uri, host: fields.first(name: "Host"), origin: fields.first(name: "Origin"),
      site: &site)
  }

  /// Sends a request to its board.
  ///
  /// - Returns: false when the request is to wait for the board, as Hummingbird's side does.
  private func begin(
    _ head: HTTPRequestHead, _ board: Board, _ target: String, _ context: ChannelHandlerContext
  ) -> Bool {
    let request = RequestHead(
      method: head.method.rawValue, target: target, client: address,
      fields: dispatch.configuration.forwardedFields.select(from: head.headers))
    let lane = NIOLoopBound(self, eventLoop: context.eventLoop)
    let started = board.assumeIsolated { board -> Result<Exchange, ExchangeError>? in
      if board.isComingBack { return nil }
      return Result { () throws(ExchangeError) in
        try board.perform(request, body: [], end: true, patience: Forwarding.patience) {
          lane.value.proceed(with: $0)
        }
      }
    }
    switch started {
    case nil: return false
    case .success(let exchange): state = .waiting(head, exchange)
    case .failure(let error):
      reply(.problem(Problem(error, board: board.name)), to: head, context)
    }
    return true
  }

  /// The first bytes of the response are there, or late, or will not come.
  private func proceed(with outcome: Exchange.Outcome) {
    guard case .waiting(let head, let exchange) = state, let context else { return }
    var reader = ResponseReader(exchange, isHead: head.method == .HEAD, board: exchange.boardName)
    do throws(Problem) {
      guard let chunk = try chunk(of: outcome, exchange) else {
        return passBegun(.exchange(exchange, reader), head, context)
      }
      guard let response = try reader.take(chunk) else {
        return passBegun(.exchange(exchange, reader), head, context)
      }
      guard let body = response.wholeBody else {
        return passBegun(.response(response), head, context)
      }
      write(HTTPResponseHead(response.head), body, to: head, context)
    } catch {
      exchange.drop(.protocolError)
      reply(.problem(error), to: head, context)
    }
  }

  private func chunk(
    of outcome: Exchange.Outcome, _ exchange: Exchange
  ) throws(Problem) -> Exchange.Chunk? {
    switch outcome {
    case .success(let chunk): return chunk
    case .failure(let error): throw Problem(error, board: exchange.boardName)
    }
  }

  // MARK: Passing on

  private func pass(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    state = .passing
    passed.append(head)
    var told = head
    told.dropFieldsOfTheConnection()
    // Hummingbird closes at this word only, and is not told the version.
    if head.isLast { told.headers.replaceOrAdd(name: "Connection", value: "close") }
    if !head.version.hasChunks { told.headers.remove(name: "Expect") }
    forward(.head(told), context)
  }

  private func passBegun(
    _ begun: Begun, _ head: HTTPRequestHead, _ context: ChannelHandlerContext
  ) {
    self.begun = begun
    pass(head, context)
    forward(.end(nil), context)
    channelReadComplete(context: context)
    goOn(context)
  }

  /// Takes up what came meanwhile.
  func goOn(_ context: ChannelHandlerContext) {
    guard !isGoingOn else { return }
    isGoingOn = true
    defer { isGoingOn = false }
    if !held.isEmpty {
      while let part = held.first, mayTake(part) {
        held.removeFirst()
        take(part, context)
      }
      // Hummingbird takes what it was passed when a read is complete, and that of these is over.
      channelReadComplete(context: context)
      if !held.isEmpty { return }
    }
    if let error = heldError {
      heldError = nil
      errorCaught(context: context, error: error)
    }
    if owesRead {
      owesRead = false
      context.read()
    }
  }

  private func forward(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
    owesCompletion = true
    context.fireChannelRead(wrapInboundOut(part))
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if inARow < Self.mostInARow { inARow = 0 }
    if case .closing = state { return context.read() }
    // Of reads that brought Hummingbird nothing it need not hear.
    guard owesCompletion else { return }
    owesCompletion = false
    context.fireChannelReadComplete()
  }

  func read(context: ChannelHandlerContext) {
    // A client that sends request upon request is held back until its turn comes.
    if held.isEmpty { context.read() } else { owesRead = true }
  }
}
