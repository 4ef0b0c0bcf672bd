import UnixSignals

/// Runs what follows something until Ctrl-C, or until nobody reads its output.
enum Following {
  /// - Throws: what the body throws.
  static func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let closed = AsyncStream<Void>.makeStream()
    Output.standard.whenClosed { closed.continuation.finish() }
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    try await withThrowingTaskGroup { group in
      group.addTask { try await body() }
      group.addTask { for await _ in signals { break } }
      group.addTask { for await _ in closed.stream {} }
      defer { group.cancelAll() }
      do {
        try await group.next()
      } catch is Output.Closed {}
    }
  }
}
