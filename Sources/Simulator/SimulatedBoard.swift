import Synchronization

/// A board without hardware: a real MicroPython behind a pty that a gateway opens as a port.
///
/// ```
///                   slave  pty A  master          master  pty B  slave
///   MicroPython  ◄────────────────────►  LinePump ◄────────────────────►  gateway
///                  03 is SIGINT           baud, faults
/// ```
///
/// All that it needs exists from the call of ``run()`` to its end; nothing is left after it: no
/// process, no descriptor, no link.
public final class SimulatedBoard: Sendable {
  /// What the board was made from.
  public let configuration: Configuration
  /// What happens to the board; for one reader. The last 64 are kept, and it ends with ``run()``.
  public let notices: AsyncStream<Notice>

  private struct State {
    var hasRun = false
    var path: String?
    var pump: LinePump?
    var lastCounts = (toBoard: LineCounts(), toHost: LineCounts())
  }

  private let state = Mutex(State())
  private let noticeSink: AsyncStream<Notice>.Continuation
  private let orders: AsyncStream<BoardRunner.Event>
  private let orderSink: AsyncStream<BoardRunner.Event>.Continuation

  /// Describes a board. Nothing is opened or started yet.
  ///
  /// - Parameter configuration: what to run.
  public init(_ configuration: Configuration) {
    self.configuration = configuration
    (notices, noticeSink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(64))
    (orders, orderSink) = AsyncStream.makeStream()
  }

  /// The pty that the gateway opens; nil while the board is unplugged or does not run.
  public var path: String? { state.withLock { $0.path } }

  /// What went over the line so far, from the gateway and from the board; zeros on a direct
  /// line, and kept after ``run()`` has ended.
  public var counts: (toBoard: LineCounts, toHost: LineCounts) {
    state.withLock { state in
      guard let pump = state.pump else { return state.lastCounts }
      return (pump.toBoard.counts, pump.toHost.counts)
    }
  }

  /// Runs the board until the task is cancelled, then ends MicroPython (SIGTERM, after 200 ms
  /// SIGKILL), removes the link and closes everything. To be called once.
  ///
  /// - Throws: ``SimulatorError`` when the board cannot be started.
  public func run() async throws {
    let isFirst = state.withLock { state in
      defer { state.hasRun = true }
      return !state.hasRun
    }
    guard isFirst else {
      throw SimulatorError(.notRunning, "a simulated board runs once. Make another one.")
    }
    let runner = BoardRunner(
      configuration,
      notify: { [self] notice in note(notice) },
      post: { [orderSink] event in orderSink.yield(event) },
      onPump: { [self] pump in keep(pump) })
    defer {
      orderSink.finish()
      noticeSink.finish()
    }
    try await runner.run(orders)
  }

  /// Kills MicroPython and starts it again, as a reset button does. The line stays.
  ///
  /// - Throws: ``SimulatorError`` with code `notRunning` after the end of ``run()``, or what
  ///   the new start threw. Before ``run()`` it waits for it.
  public func reset() async throws {
    try await order { .reset($0) }
  }

  /// Pulls the cable: the pty and the link are gone, and a gateway sees the line hang up.
  /// MicroPython runs on, unless the line is direct.
  ///
  /// - Throws: ``SimulatorError`` with code `notRunning` after the end of ``run()``.
  public func unplug() async throws {
    try await order { .unplug($0) }
  }

  /// Puts the cable back: a new pty, and the link leads to it.
  ///
  /// - Throws: ``SimulatorError``, also with code `notRunning` after the end of ``run()``.
  public func plug() async throws {
    try await order { .plug($0) }
  }

  private func order(
    _ event: (CheckedContinuation<Void, any Error>) -> BoardRunner.Event
  ) async throws {
    try await withCheckedThrowingContinuation { reply in
      if case .terminated = orderSink.yield(event(reply)) {
        reply.resume(throwing: BoardRunner.ended)
      }
    }
  }

  private func note(_ notice: Notice) {
    state.withLock { state in
      switch notice {
      case .plugged(let path): state.path = path
      case .unplugged: state.path = nil
      case .started, .exited, .failed: break
      }
    }
    noticeSink.yield(notice)
  }

  private func keep(_ pump: LinePump?) {
    state.withLock { state in
      if let old = state.pump {
        state.lastCounts = (old.toBoard.counts, old.toHost.counts)
      }
      state.pump = pump
    }
  }
}
