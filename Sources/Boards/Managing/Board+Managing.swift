import LinkProtocol
import Logging
import MonotonicTime
import NIOCore
import RawREPL

/// The line in the hands of the raw REPL (``ManagedLine``).
extension Board {
  /// Has the board's raw REPL for a body: what ran there is interrupted, requests get an error.
  ///
  /// Bodies of one board run one after another. When none came for 300 ms after the last, the
  /// board is left: its program is started anew if one was interrupted.
  ///
  /// - Parameters:
  ///   - purpose: what it is for, as in "install"; people see it in the board's state.
  ///   - isInterruptible: whether what runs may be interrupted from the console.
  public func manage<Result: Sendable>(
    _ purpose: String, isInterruptible: Bool = false,
    _ body: @Sendable (REPLSession) async throws(ManagingError) -> Result
  ) async throws(ManagingError) -> Result {
    try await takeTurn(purpose)
    do {
      try await enter(purpose)
      managed.isInterruptible = isInterruptible
      let result = try await body(REPLSession(board: self))
      await end()
      return result
    } catch {
      await end()
      throw error
    }
  }

  // MARK: Turns

  func takeTurn(_ purpose: String) async throws(ManagingError) {
    guard channel != nil else { throw ManagingError(.unavailable(state)) }
    if let other = managed.purpose {
      guard managed.waiting.count < ManagedLine.mostWaiting else {
        throw ManagingError(.busy(with: other))
      }
      nextSerial += 1
      let number = nextSerial
      let patience = managed.isProgram ? ManagedLine.programTurnTime : ManagedLine.turnTime
      let alarm = eventLoop.scheduleTask(in: TimeAmount(patience)) { [weak self] in
        self?.assumeIsolated { $0.giveUpTurn(number) }
      }
      let hasTurn = await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          // The turn may have become free, or the caller gone, on the way here.
          if managed.purpose == nil || Task.isCancelled {
            continuation.resume(returning: managed.purpose == nil)
          } else {
            managed.waiting.append((number, continuation))
          }
        }
      } onCancel: {
        Task { await self.giveUpTurn(number) }
      }
      alarm.cancel()
      guard hasTurn else {
        throw ManagingError(Task.isCancelled ? .cancelled : .busy(with: managed.purpose ?? other))
      }
    }
    managed.purpose = purpose
    managed.leaveAt = nil
  }

  private func giveUpTurn(_ number: UInt64) {
    guard let place = managed.waiting.firstIndex(where: { $0.number == number }) else { return }
    managed.waiting.remove(at: place).turn.resume(returning: false)
  }

  /// Ends a turn: what still runs is stopped, and the next one has the board, or nobody.
  func end() async {
    // The caller may be cancelled, and the board is to be left in order all the same.
    await Task { await self.stopCode() }.value
    passTurn()
  }

  /// - Parameter linger: how long the board waits in its raw REPL for somebody who comes next.
  func passTurn(linger: Duration = ManagedLine.linger) {
    managed.isInterruptible = false
    if managed.waiting.isEmpty {
      managed.purpose = nil
      managed.leaveAt = repl == nil || managed.isProgram ? nil : .now + linger
      armTimer()
    } else {
      managed.waiting.removeFirst().turn.resume(returning: true)
    }
  }

  /// How long a program that was just started counts as one that is about to serve.
  private static let startTime: Duration = .seconds(2)

  /// Whether a program that managing has stopped comes back by itself, and soon, or one that was
  /// started may be about to serve.
  public var isComingBack: Bool {
    switch state {
    case .managed: managed.stoppedProgram && !managed.isProgram
    case .probing: managed.isRestarting
    case .notServing:
      managed.isProgram
        && managed.programBegan.map { $0.duration(to: .now) < Self.startTime } == true
    default: false
    }
  }

  // MARK: In and out

  /// Brings the board into its raw REPL.
  func enter(_ purpose: String) async throws(ManagingError) {
    while repl?.state == .leaving, !Task.isCancelled {
      await awaitREPL(until: .now + .seconds(5))
    }
    if Task.isCancelled { throw ManagingError(.cancelled) }
    guard channel != nil else { throw ManagingError(.unavailable(state)) }
    managed.forget()
    if repl?.state == .ready { return change(to: .managed(purpose)) }
    let now = Instant.now
    if state == .serving { managed.stoppedProgram = true }
    endSession(.managed(purpose), reason: "the board is managed", now: now)
    managed.toolbox = Toolbox()
    managed.isProgram = false
    managed.onEnd = nil
    silentAt = nil
    change(to: .managed(purpose))
    var repl = RawREPL(configuration: RawREPL.Configuration(lineRate: options.lineRate))
    repl.enter(now: now)
    self.repl = repl
    settle(now: now)
    while !managed.isEntered {
      do {
        try checkREPL()
      } catch {
        if case .repl(let error) = error.cause, error.code == .noPrompt {
          managed.lockedUntil = .now + ManagedLine.lockTime
        }
        throw error
      }
      await awaitREPL(until: nil)
    }
    managed.lockedUntil = nil
  }

  /// Interrupts a board as it starts, and leaves it at its prompt.
  func breakIn() async {
    do {
      try await takeTurn("interrupt its program")
      try await enter("interrupt its program")
      managed.stoppedProgram = false
    } catch {
      logger.warning("the board's program could not be interrupted: \(error)")
    }
    await end()
  }

  /// Starts the board's interpreter anew, in the raw REPL.
  func restartInterpreter() async throws(ManagingError) {
    try checkREPL()
    managed.forget()
    managed.toolbox.kept = []
    managed.toolbox.isUsed = false
    repl?.restart(now: .now)
    settle(now: .now)
    while !managed.isEntered {
      try checkREPL()
      await awaitREPL(until: nil)
    }
  }

  /// Ends code that somebody started and does not wait for any more.
  private func stopCode() async {
    guard repl != nil, !managed.isDetached else { return }
    let deadline = Instant.now + .seconds(3)
    if repl?.state == .running || repl?.state == .sending {
      repl?.interrupt(now: .now)
      settle(now: .now)
    }
    while let state = repl?.state, state != .ready, state != .idle, Instant.now < deadline {
      await awaitREPL(until: deadline)
    }
    managed.forget()
  }

  /// Leaves the raw REPL; the link goes on when that is done.
  func leaveREPL(now: Instant) {
    managed.leaveAt = nil
    guard repl?.state == .ready else { return backToLink(now: now) }
    repl?.leave(softReset: managed.stoppedProgram, now: now)
  }

  /// Gives the line to the link again.
  func backToLink(atPrompt: Bool = false, now: Instant) {
    let unread = repl?.takeUnread() ?? []
    repl = nil
    managed.isRestarting = managed.stoppedProgram
    managed.stoppedProgram = false
    managed.isProgram = false
    managed.leaveAt = nil
    tracebacks.clear()
    managed.signal()
    guard channel != nil else { return }
    isAtPrompt = atPrompt
    change(to: .probing)
    silentAt = now + Self.probeTime
    link.configuration.asksFirst = taps.isEmpty
    link.start(now: now)
    // The board's program may have begun in the same piece.
    link.receive(unread, now: now)
  }

  /// The line is gone.
  func abandonREPL() {
    repl = nil
    managed.failure = ManagingError(.lineClosed(closing))
    managed.stoppedProgram = false
    managed.isProgram = false
    managed.leaveAt = nil
    managed.signal()
  }

  // MARK: What the REPL tells

  /// Passes on what the REPL has told since the last time.
  func handleREPL(now: Instant) {
    while let event = repl?.nextEvent() {
      managed.take(event)
      if managed.isProgram {
        switch event {
        case .output(let bytes), .finished(let bytes): programWrote(bytes, now: now)
        default: break
        }
      }
      switch event {
      case .left: backToLink(atPrompt: !managed.stoppedProgram, now: now)
      case .failed where managed.purpose == nil: backToLink(now: now)
      case .finished(let error) where managed.isDetached:
        detachedEnded(error, now: now)
      default: break
      }
      if case .output = event, managed.failure != nil { repl?.interrupt(now: now) }
    }
    managed.signal()
  }

  /// Waits until the REPL has told something, or until a time.
  func awaitREPL(until deadline: Instant?) async {
    let alarm = deadline.map { deadline in
      eventLoop.scheduleTask(in: TimeAmount(max(.zero, deadline - .now))) { [weak self] in
        self?.assumeIsolated { $0.managed.signal() }
      }
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if Task.isCancelled { continuation.resume() } else { managed.waiters.append(continuation) }
      }
    } onCancel: {
      Task { await self.signalREPL() }
    }
    alarm?.cancel()
  }

  private func signalREPL() { managed.signal() }

  /// - Throws: what went wrong, if anything did.
  func checkREPL() throws(ManagingError) {
    if let failure = managed.failure { throw failure }
    guard repl != nil else { throw ManagingError(.lineClosed(closing)) }
    if Task.isCancelled { throw ManagingError(.cancelled) }
  }
}
