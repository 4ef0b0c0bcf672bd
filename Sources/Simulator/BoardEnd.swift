import Glibc

/// The board's end of a line: where its bytes are, and how it takes an interrupt.
struct BoardEnd: Sendable {
  /// A non-blocking pty master; whoever holds this value closes it.
  let descriptor: CInt
  /// Interrupts the board. False: a byte 03 is one like others to it now.
  let interrupt: @Sendable () -> Bool
  /// Is told the last bytes, at most eight, when all that the board ever sent is on the line.
  let lastBytes: AsyncStream<[UInt8]>.Continuation

  func close() {
    lastBytes.finish()
    Glibc.close(descriptor)
  }
}
