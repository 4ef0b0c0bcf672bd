import LinkProtocol
import MonotonicTime
import NIOCore
import RawREPL
import SerialIO

/// Programs that run from memory, and reset.
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
    try await beginProgram(code)
    await started()
    do {
      let deadline = limit.map { Instant.now + $0 }
      while true {
        switch try await nextOutput(limit: deadline.map { $0 - .now }) {
        case .bytes(let bytes): await output(bytes)
        case .ended(let traceback):
          programEnded(now: .now)
          await end()
          return traceback
        }
      }
    } catch {
      programEnded(now: .now)
      await end()
      throw error
    }
  }

  /// Starts a program from memory, which runs on by itself until it ends or the board is managed.
  ///
  /// - Parameter ended: gets its traceback when it ends by itself, empty when it raised nothing.
  public func startProgram(
    _ code: [UInt8], ended: @escaping @Sendable (_ traceback: String) -> Void = { _ in }
  ) async throws(ManagingError) {
    try await beginProgram(code)
    managed.onEnd = ended
    if let error = managed.ended { detachedEnded(error, now: .now) }
    passTurn()
  }

  /// A program that nobody follows has ended by itself.
  func detachedEnded(_ error: [UInt8], now: Instant) {
    managed.onEnd?(String(decoding: error, as: UTF8.self))
    programEnded(now: now)
    // Else somebody has the turn already, or is about to.
    if managed.purpose == nil { passTurn(linger: .zero) }
  }

  private func beginProgram(_ code: [UInt8]) async throws(ManagingError) {
    try await takeTurn("run")
    do {
      try await enter("run")
      managed.startsProgram = true
      defer { managed.startsProgram = false }
      try await startCode(code)
    } catch {
      await end()
      throw error
    }
  }

  /// Takes what comes while the raw REPL has the line. Behind its word that a program runs, all is
  /// the link's, though it came in the same piece.
  func receiveManaged(_ bytes: UnsafeRawBufferPointer, now: Instant) {
    var own = bytes.count
    if managed.startsProgram {
      own = 0
      while own < bytes.count, repl?.state != .running {
        repl?.receive(UnsafeRawBufferPointer(rebasing: bytes[own...own]), now: now)
        own += 1
      }
      if repl?.state == .running { programBegins(now: now) }
      link.receive(UnsafeRawBufferPointer(rebasing: bytes[own...]), now: now)
    } else {
      repl?.receive(bytes, now: now)
    }
    managed.bytesReceived += UInt64(own)
  }

  private func programBegins(now: Instant) {
    managed.startsProgram = false
    managed.isProgram = true
    managed.programBegan = now
    // The program's input is its own: a server in it announces itself.
    link.configuration.asksFirst = false
    link.start(now: now)
    change(to: .notServing("a program runs that was started from memory, and it does not serve"))
  }

  /// The program has ended, or is to end: the line is the REPL's alone.
  func programEnded(now: Instant) {
    guard managed.isProgram else { return }
    managed.isProgram = false
    managed.onEnd = nil
    endSession(.stopped("the program ended"), reason: "", now: now)
    if repl != nil { change(to: .managed("run")) }
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
    if mode == .hard, options.serial.modemLines.resets, let openPort {
      let isReset = await Self.blocking { try openPort.reset() }
      if (try? isReset.get()) == true { return }
    }
    try await takeTurn("reset")
    do {
      try await enter("reset")
      if mode == .soft {
        managed.stoppedProgram = true
        passTurn(linger: .zero)
      } else {
        try await leap(mode)
        passTurn(linger: .zero)
      }
    } catch {
      await end()
      throw error
    }
  }

  /// Has the machine start anew by itself, which ends the REPL without a word.
  private func leap(_ mode: ResetMode) async throws(ManagingError) {
    let call = mode == .bootloader ? "bootloader" : "reset"
    let code = """
      try:
       from machine import \(call)
      except ImportError:
       from microbit import \(call)
      \(call)()
      """
    try await startCode(Array(code.utf8))
    do throws(ManagingError) {
      if case .ended(let traceback) = try await nextOutput(limit: .seconds(1)) {
        throw ManagingError(
          .unsupported(
            traceback.contains("ImportError")
              ? "its firmware has no \(call)() in machine or microbit"
              : "its \(call)() came back: \(traceback.split(whereSeparator: \.isNewline).last ?? "")"
          ))
      }
    } catch {
      switch error.cause {
      case .lineClosed: return
      case .repl: break
      default: throw error
      }
    }
    backToLink(now: .now)
    settle(now: .now)
  }
}
