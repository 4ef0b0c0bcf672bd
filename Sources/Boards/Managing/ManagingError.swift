public import RawREPL

/// Why a board could not be managed.
public struct ManagingError: Error, Sendable, Equatable {
  /// What happened.
  public enum Cause: Sendable, Equatable {
    /// There is no line to the board; its state says more.
    case unavailable(BoardState)
    /// Something else manages the board, and did not end in time: what it is.
    case busy(with: String)
    /// The board's REPL did not do what was asked.
    case repl(RawREPLError)
    /// Code on the board raised: its traceback.
    case raised(String)
    /// Whoever wanted it wants it no more.
    case cancelled
    /// The port went away, or was given up: as requests are told.
    case lineClosed(ExchangeError.Cause)
    /// More output than may be.
    case outputTooLong(limit: Int)
    /// The board's answer makes no sense: what was asked, and the answer.
    case unintelligible(asked: String, answer: String)
    /// The file or directory is not there.
    case notFound(path: String)
    /// What is at the path, or in its way, forbids it.
    case conflict(String)
    /// The board serves, and takes nothing but an interrupt on its console.
    case serving
    /// The board's file system has no room.
    case noRoom(path: String, needed: Int, free: Int)
    /// The file on the board is not what was sent or read, as its checksum says.
    case damaged(path: String)
    /// The board cannot do this, whatever one tries: why.
    case unsupported(String)
    /// The application cannot run: why, and where.
    case badApplication(String)
  }

  public let cause: Cause

  public init(_ cause: Cause) { self.cause = cause }
}
