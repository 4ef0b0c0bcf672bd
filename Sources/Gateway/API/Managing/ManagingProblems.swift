import Boards
import LinkProtocol
import RawREPL

/// What managing a board can end in.
extension Problem {
  static func managingOff(board: String) -> Problem {
    Problem(
      kind: "managing-off", status: 403, title: "Boards are not managed here",
      detail: "The gateway may not manage boards. Start it with --manage, or set \"manage\": true "
        + "in its file of settings; then whoever reaches it can run code on its boards.",
      board: board, delivery: "not sent")
  }

  static func badPath(_ detail: String) -> Problem {
    Problem(
      kind: "bad-path", status: 400, title: "The path cannot be one of a board", detail: detail)
  }

  static func badBody(_ detail: String) -> Problem {
    Problem(
      kind: "bad-body", status: 400, title: "The request's body makes no sense", detail: detail)
  }

  static func preconditionFailed(_ path: String, _ tag: EntityTag?) -> Problem {
    Problem(
      kind: "precondition-failed", status: 412, title: "The file is not as expected",
      detail: tag.map {
        "\(path) is there, with the ETag \($0). Look at it, and try again on that condition."
      } ?? "\(path) is not there, or is no file.")
  }

  /// The problem that an error of a call is, in the call's task.
  ///
  /// - Throws: the error, when it is no failure of the board's: the client has gone.
  static func of(_ error: any Error, board: String) throws -> Problem {
    switch error {
    case let problem as Problem: problem
    // A task is cancelled when its client goes, which nobody is told then, or the gateway stops.
    case _ where Task.isCancelled:
      Problem(ExchangeError(.left, delivery: .mayHaveRun), board: board)
    case let error as ManagingError: Problem(error, board: board)
    default: throw error
    }
  }

  init(_ error: ManagingError, board: String) {
    func problem(_ kind: String, _ status: Int, _ title: String, _ detail: String) -> Problem {
      Problem(kind: kind, status: status, title: title, detail: detail, board: board)
    }
    switch error.cause {
    case .unavailable(let state):
      self = problem(
        "board-unavailable", 503, "The board cannot be reached", Self.detail(board, state))
    case .busy(let purpose):
      self = problem(
        "board-busy", 503, "The board is busy",
        "\(board) is busy with something else: \(purpose). Try again when that has ended.")
      retryAfter = 1
    case .repl(let error):
      self = problem(
        "repl-failed", 502, "The board's REPL did not do it", "On \(board): \(error.message)")
    case .raised(let traceback):
      let last = traceback.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
      self = problem("board-exception", 500, "Code on the board raised", "On \(board): \(last)")
      self.traceback = traceback
    case .cancelled:
      self = problem("client-gone", 499, "The client closed the request", "It has gone.")
    case .lineClosed(let cause):
      self.init(ExchangeError(cause, delivery: .mayHaveRun), board: board)
    case .outputTooLong(let limit):
      self = problem(
        "output-too-long", 502, "The board writes too much",
        "\(board) wrote more than \(limit) bytes before they could be sent on. Have it write less, or follow it as "
          + "events, as fast as they come.")
    case .unintelligible(let asked, let answer):
      self = problem(
        "bad-answer", 502, "The board's answer makes no sense",
        "\(board) was asked for \(asked), and said \"\(answer)\". Reset it, and try again.")
    case .notFound(let path):
      self = problem(
        "file-not-found", 404, "No such file", "\(path) is not on \(board).")
    case .conflict(let text):
      self = problem("file-conflict", 409, "Something is in the way", "On \(board): \(text)")
    case .serving:
      self = problem(
        "board-serving", 409, "The board serves",
        "\(board) serves: its console takes nothing but Ctrl-C (03), alone, which ends its program."
      )
    case .noRoom(let path, let needed, let free):
      self = problem(
        "no-room", 507, "The board's file system is full",
        "\(path) needs \(needed) bytes, and \(board) has \(free) free. Remove something there.")
    case .damaged(let path):
      self = problem(
        "file-damaged", 502, "The file is damaged",
        "\(path) on \(board) is not what was sent or read, by its checksum. Try again.")
    case .unsupported(let text):
      self = problem("unsupported", 501, "The board cannot do this", "On \(board): \(text)")
    case .badApplication(let text):
      self = problem("bad-application", 422, "The application cannot run", text)
    }
  }
}
