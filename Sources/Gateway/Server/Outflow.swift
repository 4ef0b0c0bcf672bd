import HTTPTypes
import NIOCore
import Synchronization

/// What an answer brings while it is being made: its head, and its body bit by bit.
///
/// One producer writes, and waits when the client is slow; one consumer takes what there is.
final class Outflow: Sendable {
  /// Bytes that wait for the client before the producer waits for it, unless it says otherwise.
  static let usualBound = 1 << 20

  /// How an answer begins.
  enum Opening {
    /// All of it, at once.
    case reply(Reply)
    /// Its body follows.
    case head(HTTPResponse)
  }

  /// Bytes that wait, in pieces: a client has its time for each, and none is copied to add another.
  private struct Backlog {
    private static let pieceSize = 64 << 10
    private var pieces = CircularBuffer<ByteBuffer>()
    private(set) var count = 0

    mutating func append(_ bytes: [UInt8]) {
      guard !bytes.isEmpty else { return }
      count += bytes.count
      let room = pieces.last.map { Self.pieceSize - $0.readableBytes } ?? 0
      if let last = pieces.indices.last, bytes.count <= room {
        pieces[last].writeBytes(bytes)
      } else {
        pieces.append(ByteBuffer(bytes: bytes))
      }
    }

    mutating func popFirst() -> ByteBuffer? {
      let piece = pieces.popFirst()
      count -= piece?.readableBytes ?? 0
      return piece
    }
  }

  private struct State {
    var opening: Opening?
    var bound = Outflow.usualBound
    var backlog = Backlog()
    var hasEnded = false
    var failure: (any Error)?
    /// Nobody takes anything any more.
    var isClosed = false
    /// Nothing was written since the last heartbeat.
    var isQuiet = true
    /// Something is new since the consumer looked.
    var isNew = false
    var consumer: CheckedContinuation<Void, Never>?
    var producer: CheckedContinuation<Void, Never>?

    var hasRoom: Bool { backlog.count <= bound || isClosed }
  }

  private let state = Mutex(State())

  // MARK: The producer's side

  /// Begins an answer whose body is written from now on.
  ///
  /// - Parameter bound: bytes that wait for the client before the producer waits for it.
  func begin(_ head: HTTPResponse, bound: Int = Outflow.usualBound) {
    change { state in
      state.opening = .head(head)
      state.bound = bound
    }
  }

  /// Writes a piece of the body; returns when the client is not far behind.
  ///
  /// - Throws: when the client has gone, or the task was cancelled.
  func write(_ bytes: [UInt8]) async throws(CancellationError) {
    append(bytes)
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mayGoOn = state.withLock { state in
          if !state.hasRoom, !Task.isCancelled { state.producer = continuation }
          return state.producer == nil
        }
        if mayGoOn { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.producer.take() }?.resume()
    }
    if Task.isCancelled || state.withLock({ $0.isClosed }) { throw CancellationError() }
  }

  /// Writes the last piece of the body, whether or not the client is behind, and never waits.
  func append(_ bytes: [UInt8]) {
    change { state in
      state.backlog.append(bytes)
      state.isQuiet = false
    }
  }

  /// Writes a piece of the body if the client is not far behind, and never waits.
  ///
  /// - Returns: whether it was written.
  func offer(_ bytes: [UInt8]) -> Bool {
    change { state in
      guard state.hasRoom else { return false }
      state.backlog.append(bytes)
      state.isQuiet = false
      return true
    }
  }

  /// All is said: in this reply, or, when that is nil, in what was written.
  func end(with reply: Reply?) {
    change { state in
      if let reply, state.opening == nil { state.opening = .reply(reply) }
      state.hasEnded = true
    }
  }

  /// There will be no answer, or no more of it.
  func fail(_ error: any Error) {
    change { $0.failure = error }
  }

  private func change<Result>(_ body: (inout State) -> Result) -> Result {
    let (result, consumer) = state.withLock { state in
      let result = body(&state)
      state.isNew = true
      return (result, state.consumer.take())
    }
    consumer?.resume()
    return result
  }

  // MARK: The consumer's side

  /// Waits for the answer's beginning.
  ///
  /// - Throws: what the producer failed with; `CancellationError` when the outflow was closed.
  func opening() async throws -> Opening {
    try await look { state in
      if state.isClosed { throw CancellationError() }
      if let opening = state.opening { return opening }
      if let failure = state.failure { throw failure }
      if state.hasEnded { throw CancellationError() }
      return nil
    }
  }

  /// Waits for the next piece of the body; nil at its end. Throws as ``opening()``.
  func next() async throws -> ByteBuffer? {
    try await look { state in
      if state.isClosed { throw CancellationError() }
      if let piece = state.backlog.popFirst() { return .some(piece) }
      if let failure = state.failure { throw failure }
      return state.hasEnded ? .some(nil) : nil
    }
  }

  /// Writes a sign of life if nothing was written since the last one was due.
  func beat(_ bytes: [UInt8]) {
    change { state in
      if state.isQuiet { state.backlog.append(bytes) }
      state.isQuiet = true
    }
  }

  /// Nobody takes anything any more; whoever waits goes on.
  func close() {
    change { $0.isClosed = true }
    state.withLock { $0.producer.take() }?.resume()
  }

  /// Looks until there is something to see.
  private func look<Found>(_ glance: (inout State) throws -> Found?) async throws -> Found {
    while true {
      let found = try state.withLock { state in
        state.isNew = false
        return try glance(&state)
      }
      if let found {
        state.withLock { $0.hasRoom ? $0.producer.take() : nil }?.resume()
        return found
      }
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let mayGoOn = state.withLock { state in
            if !state.isNew { state.consumer = continuation }
            return state.isNew
          }
          if mayGoOn { continuation.resume() }
        }
      } onCancel: {
        close()
      }
    }
  }
}
