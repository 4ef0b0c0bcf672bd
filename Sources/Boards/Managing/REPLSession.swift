import MonotonicTime
import RawREPL

/// A board's raw REPL, held for as long as a body of ``Board/manage(_:_:)`` runs.
public struct REPLSession: Sendable {
  let board: Board

  /// What running code brings.
  public enum Output: Sendable, Equatable {
    /// The code has written; never empty.
    case bytes([UInt8])
    /// The code has ended; its traceback, empty when it raised nothing.
    case ended(traceback: String)
  }

  /// Runs code to its end.
  ///
  /// - Parameters:
  ///   - limit: how long it may take.
  ///   - outputLimit: bytes that it may write.
  /// - Returns: what it wrote.
  /// - Throws: with cause `raised` when it raised.
  public func run(
    _ code: String, limit: Duration = .seconds(10), outputLimit: Int = 1 << 20
  ) async throws(ManagingError) -> [UInt8] {
    let deadline = Instant.now + limit
    try await start(code)
    var output: [UInt8] = []
    while true {
      switch try await next(limit: deadline - .now) {
      case .bytes(let bytes):
        output += bytes
        if output.count > outputLimit { throw ManagingError(.outputTooLong(limit: outputLimit)) }
      case .ended(let traceback):
        guard traceback.isEmpty else { throw ManagingError(.raised(traceback)) }
        return output
      }
    }
  }

  /// Starts code that is talked to with ``send(_:)`` and ``next(limit:)``; to be read to its end.
  public func start(_ code: String) async throws(ManagingError) {
    // It may do anything, even start the interpreter anew.
    await board.forgetTools()
    try await board.startCode(Array(code.utf8))
  }

  /// Sends bytes to the code that runs, as they are; a byte 03 interrupts it.
  public func send(_ bytes: [UInt8]) async throws(ManagingError) {
    try await board.sendToCode(bytes)
  }

  /// Waits for what the code brings next.
  ///
  /// - Parameter limit: how long; an error is thrown then, and the code interrupted with the
  ///   session's end.
  public func next(limit: Duration = .seconds(10)) async throws(ManagingError) -> Output {
    try await board.nextOutput(limit: limit)
  }

  /// Bytes that the board's input takes at once, while code that reads runs: its window in
  /// raw-paste mode, 32 where the firmware has none.
  public var inputWindow: Int { get async { await board.repl?.inputWindow ?? 32 } }
}

/// Code that runs in the raw REPL.
extension Board {
  /// How long a board may take to accept code: a slow line has its time, and the compiler.
  private static let acceptTime: Duration = .seconds(60)

  func forgetTools() { managed.toolbox = Toolbox() }

  func startCode(_ code: [UInt8]) async throws(ManagingError) {
    try checkREPL()
    managed.forget()
    let deadline = Instant.now + Self.acceptTime
    repl?.execute(code, limit: nil, isProgram: managed.startsProgram, now: .now)
    settle(now: .now)
    while !managed.isStarted {
      try checkREPL()
      guard Instant.now < deadline else {
        throw ManagingError(.repl(RawREPLError(.notTaken, "the board did not take the code")))
      }
      await awaitREPL(until: deadline)
    }
  }

  func sendToCode(_ bytes: [UInt8]) throws(ManagingError) {
    try checkREPL()
    repl?.write(bytes, now: .now)
    settle(now: .now)
  }

  func nextOutput(limit: Duration?) async throws(ManagingError) -> REPLSession.Output {
    let deadline = limit.map { Instant.now + $0 }
    while true {
      // Code that writes without end is late all the same.
      if !managed.output.isEmpty, managed.ended != nil || deadline.map({ $0 > .now }) ?? true {
        defer { managed.output = [] }
        return .bytes(managed.output)
      }
      if let failure = managed.failure { throw failure }
      if let ended = managed.ended {
        managed.ended = nil
        return .ended(traceback: String(decoding: ended, as: UTF8.self))
      }
      try checkREPL()
      if let deadline, deadline <= .now {
        throw ManagingError(
          .repl(RawREPLError(.timedOut, "the code did not end in time, and was interrupted")))
      }
      await awaitREPL(until: deadline)
    }
  }
}
