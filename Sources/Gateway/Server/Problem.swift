import Boards
import HTTPTypes
import LinkProtocol
import NIOHTTP1

/// An error as the client gets it: problem details (RFC 9457).
struct Problem: Error, Equatable {
  /// The cause's name; `type` is `urn:boardwalk:problem:` and this.
  var kind: String
  var status: Int
  var title: String
  /// What happened, to what, and what to do next.
  var detail: String
  var board: String?
  /// Whether the request reached its handler: `not sent`, `may have run`, `ran`.
  var delivery: String?
  /// MicroPython's, when a handler raised.
  var traceback: String?
  /// Seconds after which another try may succeed.
  var retryAfter: Int?
  /// Methods that are taken.
  var allowed: [String] = []

  static func unknownBoard(_ name: String, known: [String]) -> Problem {
    Problem(
      kind: "unknown-board", status: 404, title: "No such board",
      detail: "No board is named \(name). "
        + (known.isEmpty
          ? "None has come yet; plug one in, or give --board NAME=PATH."
          : "There are: \(known.sorted().joined(separator: ", "))."),
      board: name, delivery: "not sent")
  }

  static func notFound(_ path: String) -> Problem {
    Problem(
      kind: "not-found", status: 404, title: "Not found",
      detail: "\(path) is nothing of the gateway's. Boards are at /boards/{name}/, the API at "
        + "/api/v1/boards.")
  }

  static func methodNotAllowed(
    _ method: String, _ path: String, allowed: [String]
  ) -> Problem {
    let others = allowed.dropLast().joined(separator: ", ")
    let list = (others.isEmpty ? "" : others + " and ") + (allowed.last ?? "nothing")
    var problem = Problem(
      kind: "method-not-allowed", status: 405, title: "Method not allowed",
      detail: "\(path) takes \(list), not \(method).")
    problem.allowed = allowed
    return problem
  }

  static func badQuery(_ detail: String) -> Problem {
    Problem(
      kind: "bad-query", status: 400, title: "The query makes no sense",
      detail: detail.hasSuffix(".") ? detail : detail + ".")
  }

  static func historyOff(_ detail: String) -> Problem {
    Problem(
      kind: "history-off", status: 503, title: "There is no history to read", detail: detail)
  }

  /// - Parameter advice: what to do next.
  static func bodyTooLarge(
    limit: Int, advice: String = "raise --max-body, or send less"
  ) -> Problem {
    Problem(
      kind: "body-too-large", status: 413, title: "Request body too large",
      detail: "The gateway takes bodies of up to \(limit) bytes; \(advice).",
      delivery: "not sent")
  }

  /// - Parameter reason: a sentence without its full stop.
  static func malformedRequest(_ reason: String, status: Int = 400) -> Problem {
    Problem(
      kind: "malformed-request", status: status, title: "Malformed request",
      detail: "\(reason). The gateway takes what RFC 9112 describes, and closes the connection.",
      delivery: "not sent")
  }

  /// What is to be said of bytes that are no request.
  static func unreadable(_ error: HTTPParserError) -> Problem {
    switch error {
    case .headerOverflow:
      Problem(
        kind: "head-too-large", status: 431, title: "Request head too large",
        detail: "The gateway takes \(GatewayChannel.mostFields) header fields of "
          + "\(GatewayChannel.largestField) bytes each, \(GatewayChannel.largestHead) in all. Send "
          + "fewer or shorter ones.", delivery: "not sent")
    // The library has paused when it met the first words of HTTP/2.
    case .invalidVersion, .paused: .malformedRequest("Its version is not 1.1 or 1.0", status: 505)
    case .unknown:
      .malformedRequest("Its lines or chunks do not end as they should, or it has two lengths")
    default: .malformedRequest("It cannot be read: \(error.debugDescription)")
    }
  }

  static func foreignHost(_ host: String) -> Problem {
    Problem(
      kind: "foreign-host", status: 421, title: "Not this gateway's name",
      detail: "The gateway listens on this machine only and does not answer to \"\(host)\". Use "
        + "localhost, or give the name with --domain.", delivery: "not sent")
  }

  static func foreignOrigin(_ origin: String) -> Problem {
    Problem(
      kind: "foreign-origin", status: 403, title: "Request from another site's page",
      detail: "A page of \(origin) may not use this gateway. Serve the page from the board, from "
        + "localhost, or from the domain given with --domain.", delivery: "not sent")
  }

  static func badResponse(_ error: ResponseHeadError, board: String) -> Problem {
    Problem(
      kind: "bad-response", status: 502, title: "The handler's response is not HTTP",
      detail: "On \(board), \(error). Send an HTTPResponse first.", board: board, delivery: "ran")
  }

  /// What an exchange's failure is to its client.
  init(_ error: ExchangeError, board: String) {
    self.init(kind: "", status: 502, title: "", detail: "", board: board)
    delivery =
      switch error.delivery {
      case .notSent: "not sent"
      case .mayHaveRun: "may have run"
      case .ran: "ran"
      }
    switch error.cause {
    case .unavailable(.managed(let purpose)), .managed(let purpose):
      set(
        "board-managed", 503, "The board is being managed",
        "\(board)'s program was stopped, for \(purpose). Try again in a moment.")
      retryAfter = 1
    case .unavailable(let state):
      set("board-unavailable", 503, "The board is not serving", Self.detail(board, state))
    case .queueFull(let limit):
      set(
        "queue-full", 503, "Too many requests wait for the board",
        "\(limit) requests wait for \(board) already. Try again in a moment.")
      retryAfter = 1
    case .headTooLarge(let limit):
      set(
        "head-too-large", 431, "Request head too large",
        "\(board) takes request heads of up to \(limit) bytes. Send fewer or shorter header fields, "
          + "or a shorter URL.")
    case .malformedHead:
      set(
        "malformed-request", 400, "Malformed request head",
        "The request's target or a header field holds control characters; encode them.")
    case .deadline(let limit, let traceback, let isInterrupted):
      let reason =
        if traceback != nil {
          "The handler hung, and was interrupted; the traceback shows where."
        } else if error.delivery == .notSent {
          "The request waited for others to end, and was not sent; try again."
        } else if isInterrupted {
          "The board did not answer, and was interrupted: this handler hung, or another, or the line "
            + "carries nothing. See the board's events for where a handler was, and try again."
        } else {
          "The handler was told; see what it waits for."
        }
      let isWhole = limit.components.attoseconds == 0
      let seconds = isWhole ? "\(limit.components.seconds)" : "\(limit / .seconds(1))"
      set(
        "deadline", 504, "No response in time",
        "\(board) did not begin its response within \(seconds) s. \(reason)")
      self.traceback = traceback
    case .exception(let traceback):
      let last = traceback.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
      set("handler-exception", 500, "The handler raised an exception", "On \(board): \(last)")
      self.traceback = traceback
    case .unplugged:
      set(
        "unplugged", 502, "The board was unplugged",
        "\(board)'s port went away during the request. Plug it in again, and try again.")
    case .released:
      set(
        "released", 502, "The port was let go",
        "\(board)'s port was let go on purpose during the request; it is taken back by itself. Try "
          + "again then.")
    case .left:
      set(
        "left", 502, "The gateway has left the board",
        "The gateway stops, or was configured to serve \(board) no more. Try again when it serves "
          + "\(board).")
    case .rebooted:
      set(
        "rebooted", 502, "The board rebooted",
        "\(board)'s program started anew during the request.")
    case .stopped(let text):
      set("stopped", 502, "The board's server stopped", "\(board) said: \(text)")
    case .silent:
      set(
        "silent", 502, "The board fell silent",
        "\(board) does not answer any more. Reset it, or see what its program does.")
    case .cancelled(let code, let text):
      set(
        code == CancelCode.refused.rawValue ? "refused" : "cancelled",
        code == CancelCode.refused.rawValue ? 503 : 502,
        "The board ended the request",
        "\(board) ended the request with code \(code)\(text.isEmpty ? "" : ": \(text)").")
    case .clientGone:
      set("client-gone", 499, "The client closed the request", "The client of \(board) has gone.")
    }
  }

  init(
    kind: String, status: Int, title: String, detail: String, board: String? = nil,
    delivery: String? = nil
  ) {
    self.kind = kind
    self.status = status
    self.title = title
    self.detail = detail
    self.board = board
    self.delivery = delivery
  }

  private mutating func set(_ kind: String, _ status: Int, _ title: String, _ detail: String) {
    self.kind = kind
    self.status = status
    self.title = title
    self.detail = detail
  }

  static func detail(_ board: String, _ state: BoardState) -> String {
    switch state {
    case .absent: "\(board) is absent: nothing is at its port. Plug it in."
    case .opening, .probing: "\(board) is \(state.name); try again in a moment."
    default: "\(board) is \(state.name): \(state.reason ?? "")."
    }
  }
}

extension Problem: Encodable {
  enum CodingKeys: String, CodingKey {
    case type, title, status, detail, board, delivery, traceback
  }

  func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode("urn:boardwalk:problem:" + kind, forKey: .type)
    try members.encode(title, forKey: .title)
    try members.encode(status, forKey: .status)
    try members.encode(detail, forKey: .detail)
    try members.encodeIfPresent(board, forKey: .board)
    try members.encodeIfPresent(delivery, forKey: .delivery)
    try members.encodeIfPresent(traceback, forKey: .traceback)
  }
}
