public import DeviceDiscovery
import Events
import LinkProtocol
import MonotonicTime
import NIOCore

/// Being there: devices that come and go, and a port that is let go on purpose.
extension Board {
  /// Gives the board the device that its claim means now, or takes it away.
  ///
  /// - Parameter conflict: what is wrong when there is none though there could be.
  public func assign(_ new: Device?, options: BoardOptions, conflict: String? = nil) {
    self.options = options
    self.conflict = conflict
    let isOther = new?.generation != device?.generation || new?.node != device?.node
    guard isOther else {
      device = new
      return wake()
    }
    // Another plug: whatever is open is of the one before.
    if device != nil {
      detached()
      lineClosed()
      if heldUntil == nil { change(to: .absent) }
    }
    device = new
    if new != nil { attached() }
    wake()
  }

  /// Takes options that hold from the next time on that the port is opened.
  public func update(options: BoardOptions) { self.options = options }

  /// Lets go of the port so that another program can have it, and takes it back afterwards.
  public func release(for duration: Duration) async {
    heldUntil = .now + duration
    let seconds = duration.components.seconds
    change(to: .held("let go on purpose for \(seconds) s; acquire takes it back"))
    await leave(.released, farewell: "the port was let go")
    wake()
  }

  /// Takes the port back now.
  public func acquire() {
    guard heldUntil != nil else { return }
    heldUntil = .now
    wake()
  }

  /// Waits until the board serves, at most for a time.
  ///
  /// - Parameter orEnd: also until it is known that its program has ended.
  /// - Throws: ``ExchangeError`` when as many wait as may.
  public func waitUntilServing(
    _ limit: Duration, orEnd: Bool = false
  ) async throws(ExchangeError) {
    guard state != .serving else { return }
    // Nobody manages the board any more, and somebody wants its program.
    if managed.purpose == nil, managed.leaveAt != nil {
      leaveREPL(now: .now)
      settle(now: .now)
    }
    guard patient.count < options.queueLimit else {
      throw ExchangeError(.queueFull(limit: options.queueLimit), delivery: .notSent)
    }
    nextSerial += 1
    let number = nextSerial
    let alarm = eventLoop.scheduleTask(in: TimeAmount(limit)) { [weak self] in
      self?.assumeIsolated { $0.giveUp(number) }
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        // It may have begun to serve, or the client gone, on the way here.
        if state == .serving || Task.isCancelled {
          continuation.resume()
        } else {
          patient[number] = (continuation, orEnd)
        }
      }
    } onCancel: {
      Task { await self.giveUp(number) }
    }
    alarm.cancel()
  }

  /// - Parameter hasEnded: it does not serve, and its program is known to have ended.
  func callPatient(hasEnded: Bool = false) {
    for (number, waiting) in patient where waiting.orEnd || !hasEnded { giveUp(number) }
  }

  private func giveUp(_ number: UInt64) { patient.removeValue(forKey: number)?.turn.resume() }
}
