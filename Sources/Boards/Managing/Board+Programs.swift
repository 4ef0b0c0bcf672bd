/// Programs that run from memory, the console, and reset.
extension Board {
  /// Runs a program from memory to its end. While it runs, a server in it serves.
  ///
  /// A cancelled task interrupts the program.
  ///
  /// - Parameters:
  ///   - limit: how long it may take; nil for as long as it likes.
  ///   - started: called when the board has taken the program.
  ///   - output: gets what it writes, as it comes.
  /// - Returns: its traceback, empty when it raised nothing.
  public func runProgram(
    _ code: [UInt8], limit: Duration?, started: @Sendable () async -> Void,
    output: @Sendable ([UInt8]) async -> Void
  ) async throws(ManagingError) -> String {
    throw ManagingError(.unsupported("not written yet"))
  }

  /// What the board writes besides frames, from now on, as it comes.
  ///
  /// For whoever falls behind by more than 256 KB, the oldest is dropped.
  public func consoleOutput() -> AsyncStream<[UInt8]> {
    AsyncStream { $0.finish() }
  }

  /// Types on the board's console. While the board serves, only 03 gets there: it ends the program.
  public func type(_ bytes: [UInt8]) throws(ManagingError) {
    throw ManagingError(.unsupported("not written yet"))
  }

  /// How a board is reset.
  public enum ResetMode: String, Sendable, CaseIterable {
    /// The interpreter starts anew, and main.py with it.
    case soft
    /// The machine starts anew: by its modem lines where the claim says how, else by itself.
    case hard
    /// The machine starts its boot loader, to be flashed.
    case bootloader
  }

  /// Resets the board; returns when it has been told to.
  public func reset(_ mode: ResetMode) async throws(ManagingError) {
    throw ManagingError(.unsupported("not written yet"))
  }
}
