/// Why the link refused what its caller asked for.
public struct LinkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong.
  public enum Code: Hashable, Sendable {
    /// There is no session: the board has not answered, or is lost.
    case notEstablished
    /// All stream numbers of the board are in use.
    case noFreeStream
    /// The request head is longer than the board takes, in bytes.
    case headTooLarge(limit: Int)
    /// The request head is empty, or holds an empty line.
    case headMalformed
  }

  public let code: Code

  public init(_ code: Code) { self.code = code }

  public var description: String {
    switch code {
    case .notEstablished: "no session with the board"
    case .noFreeStream: "all streams of the board are in use"
    case .headTooLarge(let limit): "request head longer than the board's \(limit) bytes"
    case .headMalformed: "request head empty, or with an empty line in it"
    }
  }
}

/// Why a stream is cancelled (spec, "Codes in CANCEL").
public enum CancelCode: UInt8, Sendable, CaseIterable {
  /// The HTTP client closed its connection.
  case clientGone = 1
  /// The request took longer than it may.
  case deadline = 2
  /// The handler raised before it had answered; ERROR came before.
  case exception = 3
  /// Stream number above *n*, or in use; request head longer than *h*.
  case refused = 4
  /// The server on the board stops.
  case stopping = 5
  /// Credit exceeded, or a malformed frame.
  case protocolError = 6
  /// The handler ended without reading all of the request's body.
  case unread = 7
}
