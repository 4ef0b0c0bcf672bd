/// Why the raw REPL did not do what it was asked to.
public struct RawREPLError: Error, Sendable, Hashable {
  public enum Code: Sendable, Hashable {
    /// The board did not come to its raw REPL in time.
    case noPrompt
    /// The board did not take the code.
    case notTaken
    /// The code did not end in time, and an interrupt did not end it either.
    case notEnded
    /// The code did not end in time, and was interrupted.
    case timedOut
    /// Another thing is under way, or the board is not in its raw REPL.
    case wrongState
  }

  public let code: Code
  /// What happened, and what the board last said, for people.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}
