import Boards
import HummingbirdCore
import RawREPL

/// `POST …/exec`: runs code on a board.
struct ExecAPI: Sendable {
  /// Most bytes of code.
  private static let largestCode = 256 << 10
  private static let usualLimit: Duration = .seconds(10)
  private static let longestLimit: Duration = .seconds(24 * 3600)

  let board: Board
  private let code: [UInt8]
  /// How long it may take; nil for the usual time, and a program for as long as it likes.
  private let limit: Duration?
  /// Whether it is a program, with which a server in it serves.
  private let isProgram: Bool
  /// Whether the program runs on when the request is answered.
  private let runsOn: Bool

  /// - Throws: ``Problem``; `CancellationError` when the client has gone.
  init(_ board: Board, _ request: Request, _ query: QueryString) async throws {
    try query.allow(["limit", "serve", "detach"])
    isProgram = try query.flag("serve")
    runsOn = try query.flag("detach")
    guard isProgram || !runsOn else {
      throw Problem.badQuery("detach=1 is for programs; write serve=1 as well")
    }
    if let text = query["limit"] {
      guard !runsOn else { throw Problem.badQuery("limit= is not for programs that run on") }
      guard let limit = Duration(text: text), limit > .zero, limit <= Self.longestLimit else {
        throw Problem.badQuery("limit=\(text) is no limit; write a time up to 24h, such as 10s")
      }
      self.limit = limit
    } else {
      limit = nil
    }
    code = try await request.wholeBody(
      limit: Self.largestCode, advice: "put the code into a file on the board, and import it")
    guard String(validating: code, as: UTF8.self) != nil else {
      throw Problem.badBody("The code is not UTF-8.")
    }
    // The raw REPL takes these for commands.
    if let byte = code.first(where: { (0x01...0x04).contains($0) }) {
      throw Problem.badBody("The code has a byte 0\(byte) in it; write \\x0\(byte) instead.")
    }
    self.board = board
  }

  private struct Done: Encodable {
    /// Nil in the event form, where it came before.
    var output: String?
    /// The traceback; empty when nothing was raised.
    var error: String
  }

  func work(for request: Request) -> Production.Work {
    if runsOn {
      return { [board, code] _ in
        try await board.startProgram(code)
        return .accepted
      }
    }
    return EventForm.work(for: request, board: board.title) { form in
      let output = ExecOutput(form)
      let error: String
      do throws(ManagingError) {
        error = isProgram ? try await runProgram(output) : try await run(output)
      } catch {
        throw explained(error)
      }
      let text = try await output.finish()
      return Done(output: form == nil ? text : nil, error: error)
    }
  }

  /// Says of code that took too long what its limit was, and how to have another.
  private func explained(_ error: ManagingError) -> ManagingError {
    guard case .repl(let failure) = error.cause, failure.code == .timedOut else { return error }
    return ManagingError(
      .repl(
        RawREPLError(
          .timedOut,
          "the code did not end within its limit, \(limit ?? Self.usualLimit), and was interrupted. "
            + "Give it a longer one with limit=, which is --limit of the command.")))
  }

  /// - Returns: the traceback.
  private func runProgram(_ output: ExecOutput) async throws(ManagingError) -> String {
    // The line has others' requests on it as well: it waits for no client.
    try await board.runProgram(code, limit: limit, started: {}, output: { output.offer($0) })
  }

  /// - Returns: the traceback.
  private func run(_ output: ExecOutput) async throws(ManagingError) -> String {
    let limit = limit ?? Self.usualLimit
    return try await board.manage("exec", isInterruptible: true) { session throws(ManagingError) in
      try await session.start(String(decoding: code, as: UTF8.self))
      let deadline = ContinuousClock.now + limit
      while true {
        switch try await session.next(limit: deadline - .now) {
        case .bytes(let bytes): try await output.write(bytes)
        case .ended(let traceback): return traceback
        }
      }
    }
  }
}
