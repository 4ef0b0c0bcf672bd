import Events
import LinkProtocol
import Logging
import MonotonicTime
import NIOCore
import SerialIO

/// Requests past their deadline, and handlers that hang (spec, "Interrupt").
extension Board {
  /// How long a board may take to answer that it has ended a stream, before it counts as hanging.
  private static let grace: Duration = .milliseconds(50)
  /// How long an interrupt may take to have an effect.
  private static let interruptTime: Duration = .milliseconds(500)
  /// Interrupts, before the next rung of the ladder: a handler may catch one.
  private static let interrupts = 3

  /// The steps towards a board that does not answer any more.
  struct Ladder {
    /// A frame after this says that the board answers.
    let since: Instant
    /// Ladders ahead of this one, one after the other, that a frame has ended, but no CANCEL.
    let round: Int
    var interrupts = 0
    var nextAt: Instant
  }

  /// A request is past its deadline: has the board end it, and in the end gives it up.
  func expire(_ exchange: ExchangeState, at place: Int, now: Instant) {
    let delivery = exchange.stream.map { link.delivery(of: $0) } ?? .notSent
    guard let stream = exchange.stream else {
      return end(exchange, at: place, late(exchange, delivery), .deadline, now: now)
    }
    if exchange.isExpired {
      link.forget(stream, now: now)
    } else if link.askToEnd(stream, code: .deadline, now: now) {
      exchange.expiredAt = now
      exchange.deadline = now + Self.grace + Self.interruptTime * (Self.interrupts + 1)
      if ladder == nil { ladder = firstRung(now: now) }
      return
    }
    over(stream, exchange)
    fail(exchange, late(exchange, delivery))
  }

  /// What a request that took too long is told.
  func late(_ exchange: ExchangeState, _ delivery: HostLink.Delivery) -> ExchangeError {
    var traceback = exchange.traceback
    // For which handler, only a traceback tells.
    var isInterrupted = false
    if let interruptedAt, let expiredAt = exchange.expiredAt {
      isInterrupted = interruptedAt > expiredAt
    }
    // The smallest boards print it, for they can write it nowhere else.
    if traceback?.contains("\n") != true, isInterrupted, !tracebacks.last.isEmpty {
      traceback = tracebacks.last
    }
    return ExchangeError(
      .deadline(options.deadline, traceback: traceback, isInterrupted: isInterrupted),
      delivery: traceback == nil ? delivery : .ran)
  }

  /// A client has gone: its handler gets as long to notice as a request may take.
  func left(now: Instant) {
    if leftAt == nil, link.isEnding { leftAt = now + options.deadline }
  }

  /// Looks whether a handler hangs whose client has gone.
  func lookAfterLeft(now: Instant) {
    leftAt = nil
    guard ladder == nil, link.isEnding else { return }
    if let heardAt = link.heardAt, heardAt + options.deadline > now {
      leftAt = heardAt + options.deadline
    } else {
      ask(now: now)
    }
  }

  /// Has the board say something, and interrupts it if it does not.
  private func ask(round: Int = 0, now: Instant) {
    link.inquire(now: now)
    ladder = firstRung(round: round, now: now)
  }

  /// A board that was just asked for a frame gets this long for it; one that has answered before, and
  /// did nothing, ever longer.
  private func firstRung(round: Int = 0, now: Instant) -> Ladder {
    let time = Self.grace * (1 << min(round, 5)) + lineTime(bytes: link.outputCount + 32)
    return Ladder(since: now, round: round, nextAt: now + time)
  }

  /// Looks whether the board answers again.
  func notice(now: Instant) {
    guard let ladder, let heardAt = link.heardAt, heardAt > ladder.since else { return }
    self.ladder = nil
    // Of several that are to end, the next may have begun to hang before the board read of it.
    guard link.isEnding else { return }
    ask(round: ladder.interrupts > 0 ? 0 : ladder.round + 1, now: now)
  }

  /// The next rung is due, unless the board has answered.
  func climb(now: Instant) {
    notice(now: now)
    guard var ladder, ladder.nextAt <= now else { return }
    guard ladder.interrupts < Self.interrupts else {
      self.ladder = nil
      return hangs()
    }
    if ladder.interrupts == 0 {
      logger.warning("a handler hangs; it is interrupted")
      tracebacks.clear()
    }
    ladder.interrupts += 1
    ladder.nextAt = now + Self.interruptTime
    self.ladder = ladder
    interruptedAt = now
    interrupt()
  }

  /// Sends 03, which is an interrupt wherever it comes.
  func interrupt() {
    channel?.writeAndFlush(ByteBuffer(bytes: [0x03]), promise: nil)
  }

  /// Interrupts have not helped: what is left is a reset, by the modem lines or by hand.
  private func hangs() {
    let now = Instant.now
    endSession(.silent, reason: "", now: now)
    link.start(now: now)
    change(
      to: .notServing(
        "the board hangs, and an interrupt does not end it; press its reset button, or replug it"))
    guard options.serial.modemLines.resets, let openPort else { return }
    logger.warning("the board hangs; it is reset by its modem lines")
    report(.reset(reason: "the board hung, and was reset by its modem lines"))
    Task { [openPort] in
      _ = await Self.blocking { try openPort.reset() }
    }
  }

  /// How long so many bytes take on the line.
  private func lineTime(bytes: Int) -> Duration {
    options.lineRate.map { .seconds(Double(bytes) / Double($0)) } ?? .zero
  }
}
