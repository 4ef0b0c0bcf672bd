import Events
import LinkProtocol
import Logging
import MonotonicTime
import NIOCore
import RawREPL

/// What goes over the line, and what the link makes of it.
extension Board {
  /// How long a board may take to answer a probe before it counts as not serving.
  static let probeTime: Duration = .seconds(2)

  /// How long a line may take for the farewell.
  private static let farewellTime: TimeAmount = .milliseconds(200)

  private static let atPrompt = "its program has ended, and the REPL waits for input"

  /// Why a board does not serve that says nothing.
  var silence: String {
    if let exception = tracebacks.exception {
      return "its program has ended: \(printable(exception))"
    }
    if isAtPrompt { return Self.atPrompt }
    if managed.isRestarting { return "its program runs, and does not serve" }
    return "the port is open, but no program answers on it; start one that serves"
  }

  func lineOpened(_ channel: any Channel) {
    self.channel = channel
    closing = .unplugged
    isAtPrompt = false
    link.configuration.lineRate = options.lineRate
    let now = Instant.now
    change(to: .probing)
    if let lockedUntil = managed.lockedUntil, lockedUntil > now {
      // Before its program begins, which takes no interrupt.
      Task { await breakIn() }
      return
    }
    silentAt = now + Self.probeTime
    link.start(now: now)
    settle(now: now)
  }

  /// The line is gone, or given up; every request on it ends at once.
  ///
  /// - Parameter farewell: what the board is told, as far as the line takes it.
  func lineClosed(farewell: String? = nil) {
    guard let channel else { return }
    self.channel = nil
    let now = Instant.now
    if repl != nil { abandonREPL() }
    let endExchanges = endLink(reason: farewell ?? "", now: now)
    let output = link.takeOutput()
    if farewell != nil, !output.isEmpty {
      channel.writeAndFlush(ByteBuffer(bytes: output)).whenComplete { _ in
        channel.close(promise: nil)
      }
      // A board that hangs may take nothing, and it is then above all that the port is wanted.
      eventLoop.scheduleTask(in: Self.farewellTime) { channel.close(promise: nil) }
    } else {
      channel.close(promise: nil)
    }
    silentAt = nil
    if closing == .unplugged {
      if path != nil { detached() }
      change(to: .absent)
    }
    endExchanges(closing)
    settle(now: now)
  }

  /// Ends the session though the line stays open; requests end with the cause.
  func endSession(_ cause: ExchangeError.Cause, reason: String, now: Instant) {
    endLink(reason: reason, now: now)(cause)
    flush()
  }

  /// Takes leave of the board.
  ///
  /// - Returns: what ends the exchanges; to be called once the board's state is what they may see.
  private func endLink(
    reason: String, now: Instant
  ) -> (ExchangeError.Cause) -> Void {
    let delivered = Dictionary(
      uniqueKeysWithValues: byStream.enumerated().compactMap { stream, place in
        place.map { ($0, link.delivery(of: StreamID(stream))) }
      })
    link.bye(reason: reason, now: now)
    while link.nextEvent() != nil {}
    ladder = nil
    leftAt = nil
    routes = []
    return { [self] cause in
      for (place, exchange) in exchanges.enumerated() {
        guard let exchange else { continue }
        let delivery = delivered[place] ?? .notSent
        fail(
          exchange,
          exchange.isExpired ? late(exchange, delivery) : ExchangeError(cause, delivery: delivery))
      }
      byStream = Array(repeating: nil, count: 128)
      queue = []
    }
  }

  func received(_ buffer: ByteBuffer) {
    guard channel != nil else { return }
    let now = Instant.now
    if repl == nil || managed.isProgram {
      buffer.withUnsafeReadableBytes { link.receive($0, now: now) }
      if let ladder, ladder.interrupts > 0 { notice(now: now) }
    } else {
      buffer.withUnsafeReadableBytes { receiveManaged($0, now: now) }
    }
    settle(now: now)
  }

  /// After every call of the link: passes on what it says, sends what it wants sent, sets the timer.
  func settle(now: Instant) {
    repeat {
      while let event = link.nextEvent() { handle(event, now: now) }
      if repl != nil { handleREPL(now: now) }
      admit(now: now)
    } while link.hasEvents
    if repl?.hasOutput == true {
      flush()
    } else if link.hasOutput, link.streamsInUse <= 1 {
      // The board has nothing to do: it begins while the rest of this turn is still being read.
      flush()
    } else if link.hasOutput, !flushIsDue {
      // One write for all that happens in this turn of the loop.
      flushIsDue = true
      eventLoop.execute { [weak self] in self?.assumeIsolated { $0.flush() } }
    }
    armTimer()
  }

  private func flush() {
    flushIsDue = false
    guard let channel else { return }
    if link.hasOutput {
      channel.writeAndFlush(ByteBuffer(bytes: link.takeOutput()), promise: nil)
    }
    if let bytes = repl?.takeOutput(), !bytes.isEmpty {
      managed.bytesSent += UInt64(bytes.count)
      channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }
  }

  private func handle(_ event: HostLink.Event, now: Instant) {
    switch event {
    case .received(let stream, let bytes, let end):
      guard let place = byStream[Int(stream)], let exchange = exchanges[place] else { return }
      guard !exchange.isExpired else {
        // Too late: its client is told so once the board is done with it.
        guard end else { return }
        over(stream, exchange)
        return fail(exchange, late(exchange, .ran))
      }
      exchange.deadline = nil
      if exchange.received.isEmpty {
        exchange.received = bytes
      } else {
        exchange.received += bytes
      }
      if end {
        exchange.hasEnded = true
        over(stream, exchange)
        exchange.sender?.resume(returning: .success(false))
        exchange.sender = nil
      }
      deliver(exchange, now: now)
    case .writable(let stream):
      guard let exchange = exchange(on: stream) else { return }
      push(exchange, on: stream, now: now)
    case .handlerError(let stream, let traceback):
      let exchange = exchange(on: stream)
      exchange?.traceback = traceback
      let words = exchange?.requestLine ?? []
      report(.exception(traceback: traceback, method: words.first, path: words.dropFirst().first))
    case .cancelled(let stream, let code, let text):
      guard let exchange = exchange(on: stream) else { return }
      let isException = code == CancelCode.exception.rawValue
      let cause: ExchangeError.Cause =
        isException
        ? .exception(traceback: exchange.traceback ?? text) : .cancelled(code: code, text: text)
      let isRefused = code == CancelCode.refused.rawValue
      over(stream, exchange)
      if exchange.isExpired { return fail(exchange, late(exchange, .mayHaveRun)) }
      fail(
        exchange,
        ExchangeError(cause, delivery: isException ? .ran : isRefused ? .notSent : .mayHaveRun))
    case .failed(let stream, let delivery):
      // The reason comes with `.lost`, after all of them.
      guard let exchange = exchange(on: stream) else { return }
      over(stream, exchange)
      interrupted.append((exchange, delivery))
    case .lost(let loss):
      lost(loss)
    case .established(let identity, let rebooted):
      silentAt = nil
      tracebacks.clear()
      logger.debug(
        "\(identity.package) on \(identity.implementation)\(rebooted ? ", started anew" : "")")
      routes = []
      change(to: .serving)
    case .routes(let new):
      routes = new.sorted { ($0.path, $0.method) < ($1.path, $1.method) }
    case .emitted(let name, let data):
      report(.emit(name: name, data: data))
    case .console(let bytes):
      for tap in taps.values { tap.yield(bytes) }
      // What of it a program has written is the raw REPL's to tell.
      guard !managed.isProgram else { return hear(bytes, now: now) }
      programWrote(bytes, now: now)
      isAtPrompt = console.isPrompt
      if isAtPrompt { atPrompt(now: now) }
    case .versionMismatch(let version):
      change(
        to: .failed(
          "the board speaks version \(version) of the protocol, this gateway version 1; "
            + "install the device package that came with this gateway"))
    case .badWelcome(let error):
      change(to: .failed("the board's greeting makes no sense: \(error)"))
    }
  }

  /// The board's program has written something.
  func programWrote(_ bytes: [UInt8], now: Instant) {
    for line in console.append(bytes) {
      report(.console(line: line))
      tracebacks.append(line)
    }
    consoleRestAt = console.hasRest ? now + .milliseconds(100) : nil
  }

  /// A program that runs from memory writes as all do, but its end is the raw REPL's to tell.
  private func hear(_ bytes: [UInt8], now: Instant) {
    bytes.withUnsafeBytes { repl?.receive($0, now: now) }
  }

  /// The console shows what may be a prompt.
  private func atPrompt(now: Instant) {
    switch state {
    case .probing, .notServing:
      guard tracebacks.exception != nil || managed.isRestarting else { break }
      silentAt = nil
      change(to: .notServing(silence))
    default: link.doubt(now: now)
    }
  }

  private func lost(_ loss: HostLink.Loss) {
    let ended =
      tracebacks.exception.map { "its program has ended: \(printable($0))" } ?? Self.atPrompt
    let (cause, reason): (ExchangeError.Cause, String) =
      switch loss {
      case .silent: (.silent, "the board does not answer any more")
      case .stuck: (.silent, "the board answers, and does not do what it is asked for")
      case .prompt: (.stopped(ended), ended)
      case .rebooted: (.rebooted, "the board's program started anew")
      case .renewed: (.rebooted, "the board's server started anew")
      case .bye(let text): (.stopped(text), printable(text))
      }
    report(.reset(reason: reason))
    for (exchange, delivery) in interrupted {
      // The interrupt of a handler that hung may have ended all of its program.
      fail(
        exchange,
        exchange.isExpired ? late(exchange, delivery) : ExchangeError(cause, delivery: delivery))
    }
    interrupted = []
    for place in queue {
      if let exchange = exchanges[place] {
        fail(exchange, ExchangeError(cause, delivery: .notSent))
      }
    }
    queue = []
    routes = []
    switch loss {
    case .rebooted, .renewed, .stuck:
      change(to: .probing)
      silentAt = .now + Self.probeTime
    case .silent, .prompt, .bye: change(to: .notServing(reason))
    }
  }
}
