import LinkProtocol
import MonotonicTime
import NIOCore
import RawREPL

/// The board's console as a terminal sees it.
extension Board {
  /// What the board writes besides frames, from now on, as it comes.
  ///
  /// For whoever falls behind by more than 256 pieces of what was read at once, the oldest are
  /// dropped. While anybody follows, a board that does not serve is not asked whether it does:
  /// what is typed at its REPL stays undisturbed.
  public func consoleOutput() -> AsyncStream<[UInt8]> {
    nextSerial += 1
    let number = nextSerial
    let (stream, tap) = AsyncStream.makeStream(
      of: [UInt8].self, bufferingPolicy: .bufferingNewest(256))
    tap.onTermination = { _ in Task { await self.remove(tap: number) } }
    taps[number] = tap
    link.configuration.asksFirst = false
    return stream
  }

  /// Leaves the raw REPL, unless somebody uses it.
  private func bringBackConsole() async throws(ManagingError) {
    let deadline = Instant.now + .seconds(5)
    while repl != nil, Instant.now < deadline, !Task.isCancelled {
      if let purpose = managed.purpose { throw ManagingError(.busy(with: purpose)) }
      if managed.leaveAt != nil { leaveREPL(now: .now) }
      settle(now: .now)
      await awaitREPL(until: deadline)
    }
  }

  private func remove(tap number: UInt64) {
    taps[number] = nil
    guard taps.isEmpty, !managed.isProgram else { return }
    link.configuration.asksFirst = true
    if channel != nil, repl == nil, link.state == .probing {
      link.start(now: .now)
      settle(now: .now)
    }
  }

  /// Types on the board's console. While the board serves, only 03, alone, gets there, and ends the
  /// program; else it is refused. While a client's code runs, 03 interrupts that; what has none is
  /// refused as busy.
  public func type(_ bytes: [UInt8]) async throws(ManagingError) {
    if repl != nil, !managed.isProgram {
      if managed.isInterruptible, bytes.contains(0x03) {
        repl?.interrupt(now: .now)
        return settle(now: .now)
      }
      try await bringBackConsole()
    }
    guard let channel else { throw ManagingError(.unavailable(state)) }
    if link.state == .established {
      guard bytes.allSatisfy({ $0 == 0x03 }) else { throw ManagingError(.serving) }
      interrupt()
    } else {
      channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }
  }
}
