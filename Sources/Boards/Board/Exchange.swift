public import LinkProtocol
import MonotonicTime

/// One request that runs on a board, and its response.
///
/// Its owner reads with ``next(patience:)`` until `end`, or cancels; either frees it.
public struct Exchange: Sendable {
  let board: Board
  let slot: Int
  let serial: UInt64

  /// Bytes of a response.
  public struct Chunk: Sendable {
    /// May be empty.
    public var bytes: [UInt8]
    /// Nothing follows; the exchange is over.
    public var end: Bool
  }

  /// What waiting for the next bytes comes to; no chunk when patience ended.
  public typealias Outcome = Result<Chunk?, ExchangeError>

  /// Waits for the next bytes of the response.
  ///
  /// - Parameter patience: how long to wait; nil for as long as it takes.
  /// - Returns: nil when nothing came in that time.
  public func next(patience: Duration? = nil) async throws(ExchangeError) -> Chunk? {
    try await board.next(self, patience: patience)
  }

  /// Sends the next bytes of the request's body; returns when the board's side has room for more.
  ///
  /// - Parameter end: nothing follows.
  /// - Returns: false when the board wants no more of the body, for its response has ended.
  public func send(_ bytes: [UInt8], end: Bool) async throws(ExchangeError) -> Bool {
    try await board.send(self, bytes, end: end)
  }

  /// The board's name.
  public var boardName: String { board.name }

  /// Ends the exchange from this side, on the board's event loop. Does nothing when it is over.
  public func drop(_ code: CancelCode) {
    board.assumeIsolated { $0.cancel(self, code) }
  }

  /// Ends the exchange from this side. Does nothing when it is over.
  public func cancel(_ code: CancelCode) async {
    await board.cancel(self, code)
  }
}

/// What a board keeps of an exchange. It never leaves the board's actor.
final class ExchangeState {
  /// Where the board keeps it.
  let place: Int
  /// Tells this exchange from others that had its place before.
  let serial: UInt64
  /// Nil before it got a stream, and after the stream ended.
  var stream: StreamID?

  // Towards the board.
  let head: [UInt8]
  var unsent: ArraySlice<UInt8>
  var unsentEnd: Bool
  var sender: CheckedContinuation<Result<Bool, ExchangeError>, Never>?

  // From the board.
  var received: [UInt8] = []
  var hasEnded = false
  var failure: ExchangeError?
  var reader: (@Sendable (Exchange.Outcome) -> Void)?
  var readerGivesUpAt: Instant?
  var traceback: String?
  /// Its owner knows that it is over; its place may be used anew.
  var isTaken = false

  /// When the head of the response must be there, or the board's word that it has ended the stream;
  /// nil once something came.
  var deadline: Instant?
  /// When it was past its deadline, and the board was asked to end it.
  var expiredAt: Instant?
  var isExpired: Bool { expiredAt != nil }

  init(
    place: Int, serial: UInt64, head: [UInt8], body: [UInt8], end: Bool,
    deadline: Instant
  ) {
    self.place = place
    self.serial = serial
    self.head = head
    self.unsent = body[...]
    self.unsentEnd = end
    self.deadline = deadline
  }

  /// Method and target.
  var requestLine: [String] {
    String(decoding: head.prefix { $0 != 0x0A }, as: UTF8.self).split(separator: " ").map(
      String.init)
  }

  /// Hands what has come to the one who waits for it, if there is somebody and something.
  func deliver() -> Int {
    guard let reader else { return 0 }
    if !received.isEmpty || hasEnded {
      let bytes = received
      received = []
      self.reader = nil
      isTaken = hasEnded
      reader(.success(Exchange.Chunk(bytes: bytes, end: hasEnded)))
      return bytes.count
    }
    if let failure {
      self.reader = nil
      isTaken = true
      reader(.failure(failure))
    }
    return 0
  }

  func fail(_ error: ExchangeError) {
    guard failure == nil, !hasEnded else { return }
    failure = error
    stream = nil
    deadline = nil
    sender?.resume(returning: .failure(error))
    sender = nil
    _ = deliver()
  }
}
