public import RawREPL

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
    throw ManagingError(.unsupported("not written yet"))
  }

  /// Starts code that is talked to with ``send(_:)`` and ``next(limit:)``; to be read to its end.
  public func start(_ code: String) async throws(ManagingError) {
    throw ManagingError(.unsupported("not written yet"))
  }

  /// Sends bytes to the code that runs, as they are; a byte 03 interrupts it.
  public func send(_ bytes: [UInt8]) async throws(ManagingError) {
    throw ManagingError(.unsupported("not written yet"))
  }

  /// Waits for what the code brings next.
  ///
  /// - Parameter limit: how long; then the code is interrupted, and the error thrown.
  public func next(limit: Duration = .seconds(10)) async throws(ManagingError) -> Output {
    throw ManagingError(.unsupported("not written yet"))
  }

  /// Bytes that the board's input takes at once, while code that reads runs: its window in
  /// raw-paste mode, 32 where the firmware has none.
  public var inputWindow: Int { get async { 32 } }
}

extension Board {
  /// Has the board's raw REPL for a body: what ran there is interrupted, requests get an error.
  ///
  /// Bodies of one board run one after another. When none came for a moment after the last, the
  /// board is left: its program is started anew if one was interrupted.
  ///
  /// - Parameter purpose: what it is for, as in "install"; people see it in the board's state.
  public func manage<Result: Sendable>(
    _ purpose: String, _ body: @Sendable (REPLSession) async throws(ManagingError) -> Result
  ) async throws(ManagingError) -> Result {
    throw ManagingError(.unsupported("not written yet"))
  }
}
