public import LinkProtocol

/// Why a request got no response, or not all of it.
public struct ExchangeError: Error, Sendable, Equatable {
  /// What happened.
  public enum Cause: Sendable, Equatable {
    /// The board is not there or does not serve; its state says more.
    case unavailable(BoardState)
    /// As many requests wait as may.
    case queueFull(limit: Int)
    /// The request's head is longer than the board takes.
    case headTooLarge(limit: Int)
    /// The head cannot be sent: it holds characters that no head may hold.
    case malformedHead
    /// No response came in time; where the handler was when it was interrupted, if that is known,
    /// and whether the board was, for this handler or for another.
    case deadline(Duration, traceback: String?, isInterrupted: Bool)
    /// The handler raised before it answered.
    case exception(traceback: String)
    /// The port went away.
    case unplugged
    /// The port was let go on purpose.
    case released
    /// The board is managed: what for.
    case managed(String)
    /// The gateway stops, or is to serve this board no more.
    case left
    /// The board's program started anew.
    case rebooted
    /// The server on the board stopped, with these words.
    case stopped(String)
    /// The board fell silent.
    case silent
    /// The board ended the stream: a code of the spec, and text.
    case cancelled(code: UInt8, text: String)
    /// The HTTP client has gone.
    case clientGone
  }

  public let cause: Cause
  /// Whether the handler may have run.
  public let delivery: HostLink.Delivery

  public init(_ cause: Cause, delivery: HostLink.Delivery) {
    self.cause = cause
    self.delivery = delivery
  }
}
