public import LinkProtocol
import MonotonicTime

/// Requests on their way to the board and back.
extension Board {
  /// Sends a request and waits for the first bytes of its response.
  ///
  /// - Parameters:
  ///   - head: what the handler is to see.
  ///   - body: the body, or its first bytes; what the board has no room for yet is kept and sent on.
  ///   - end: the body is complete.
  ///   - patience: how long to wait for the response's first bytes before returning without.
  /// - Returns: the first bytes, none when patience ended; and the exchange.
  public func perform(
    _ head: RequestHead, body: [UInt8], end: Bool, patience: Duration
  ) async throws(ExchangeError) -> (chunk: Exchange.Chunk?, exchange: Exchange) {
    let exchange = try begin(head, body: body, end: end)
    return (try await next(exchange, patience: patience), exchange)
  }

  /// Sends a request whose first bytes of response are wanted by a call, on the board's event loop.
  ///
  /// Parameters as in `perform`; `outcome` is called once.
  public func perform(
    _ head: RequestHead, body: [UInt8], end: Bool, patience: Duration,
    outcome: @escaping @Sendable (Exchange.Outcome) -> Void
  ) throws(ExchangeError) -> Exchange {
    let now = Instant.now
    let exchange = try queue(head, body: body, end: end, now: now)
    admit(now: now)
    // The caller learns of it by the error; `outcome` is for what comes later.
    if let failure = exchange.failure {
      vacate(exchange)
      settle(now: now)
      throw failure
    }
    exchange.reader = outcome
    exchange.readerGivesUpAt = now + patience
    attentionAt.lower(to: now + patience)
    settle(now: now)
    return Exchange(board: self, slot: exchange.place, serial: exchange.serial)
  }

  /// Sends a request, or lets it wait for a free stream; parameters as in `perform`.
  public func begin(
    _ head: RequestHead, body: [UInt8], end: Bool
  ) throws(ExchangeError) -> Exchange {
    let now = Instant.now
    let exchange = try queue(head, body: body, end: end, now: now)
    settle(now: now)
    return Exchange(board: self, slot: exchange.place, serial: exchange.serial)
  }

  /// Puts a request in line for a free stream.
  private func queue(
    _ head: RequestHead, body: [UInt8], end: Bool, now: Instant
  ) throws(ExchangeError) -> ExchangeState {
    guard state == .serving, let identity = link.identity else {
      throw ExchangeError(.unavailable(state), delivery: .notSent)
    }
    guard let text = head.encoded() else {
      throw ExchangeError(.malformedHead, delivery: .notSent)
    }
    guard text.count <= identity.largestHead else {
      throw ExchangeError(.headTooLarge(limit: identity.largestHead), delivery: .notSent)
    }
    guard link.freeStreams > 0 || queue.count < options.queueLimit else {
      throw ExchangeError(.queueFull(limit: options.queueLimit), delivery: .notSent)
    }
    let deadline = now + options.deadline
    nextSerial += 1
    let place = freePlaces.popLast() ?? exchanges.count
    let exchange = ExchangeState(
      place: place, serial: nextSerial, head: text, body: body, end: end, deadline: deadline)
    if place == exchanges.count { exchanges.append(exchange) } else { exchanges[place] = exchange }
    attentionAt.lower(to: deadline)
    queue.append(place)
    return exchange
  }

  /// Gives streams to those who wait for one, first come, first served.
  func admit(now: Instant) {
    while let place = queue.first, link.freeStreams > 0, state == .serving {
      queue.removeFirst()
      guard let exchange = exchanges[place] else { continue }
      do throws(LinkError) {
        let (stream, taken) = try link.open(
          head: exchange.head, body: Array(exchange.unsent), end: exchange.unsentEnd, now: now)
        exchange.stream = stream
        exchange.unsent = exchange.unsent.dropFirst(taken)
        byStream[Int(stream)] = place
      } catch {
        fail(
          exchange,
          ExchangeError(.cancelled(code: 4, text: error.description), delivery: .notSent))
      }
    }
  }

  /// Waits for the next bytes of a response; see ``Exchange/next(patience:)``.
  func next(
    _ handle: Exchange, patience: Duration?
  ) async throws(ExchangeError) -> Exchange.Chunk? {
    guard let exchange = state(of: handle) else {
      throw ExchangeError(.clientGone, delivery: .ran)
    }
    if let patience {
      let givesUpAt = Instant.now + patience
      exchange.readerGivesUpAt = givesUpAt
      attentionAt.lower(to: givesUpAt)
      armTimer()
    } else {
      exchange.readerGivesUpAt = nil
    }
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        exchange.reader = { continuation.resume(returning: $0) }
        // The exchange may have ended on the way here.
        deliver(exchange, now: .now)
      }
    } onCancel: {
      Task { await self.cancel(handle, .clientGone) }
    }
    return try outcome.get()
  }

  /// Hands over what there is for an exchange's reader, and lets the board send as much again.
  func deliver(_ exchange: ExchangeState, now: Instant) {
    let count = exchange.deliver()
    if exchange.isTaken {
      vacate(exchange)
    } else if count > 0, let stream = exchange.stream {
      link.grant(stream, bytes: count, now: now)
      settle(now: now)
    }
  }

  /// Sends more of a request's body; see ``Exchange/send(_:end:)``.
  func send(
    _ handle: Exchange, _ bytes: [UInt8], end: Bool
  ) async throws(ExchangeError) -> Bool {
    guard let exchange = state(of: handle), !exchange.hasEnded else { return false }
    if let failure = exchange.failure { throw failure }
    exchange.unsent += bytes
    exchange.unsentEnd = end
    let now = Instant.now
    if exchange.deadline != nil {
      // An upload that moves on is not late.
      exchange.deadline = now + options.deadline
    }
    if let stream = exchange.stream { push(exchange, on: stream, now: now) }
    if exchange.unsent.isEmpty {
      settle(now: now)
      return true
    }
    let result: Result<Bool, ExchangeError> = await withCheckedContinuation { continuation in
      // What was not sent yet may have gone, or the exchange ended, on the way here.
      if let failure = exchange.failure {
        continuation.resume(returning: .failure(failure))
      } else if exchange.unsent.isEmpty || exchange.hasEnded {
        continuation.resume(returning: .success(!exchange.hasEnded))
      } else {
        exchange.sender = continuation
      }
      settle(now: now)
    }
    return try result.get()
  }

  /// Ends an exchange from this side; see ``Exchange/cancel(_:)``.
  func cancel(_ handle: Exchange, _ code: CancelCode) {
    guard let exchange = state(of: handle) else { return }
    let now = Instant.now
    end(
      exchange, at: handle.slot, ExchangeError(.clientGone, delivery: .mayHaveRun), code, now: now)
    left(now: now)
    release(handle)
    settle(now: now)
  }

  /// Ends what is late, and tells readers whose patience ended.
  func attend(now: Instant) {
    attentionAt = nil
    for (place, exchange) in exchanges.enumerated() {
      guard let exchange else { continue }
      if let deadline = exchange.deadline {
        if deadline <= now { expire(exchange, at: place, now: now) }
        if let deadline = exchange.deadline { attentionAt.lower(to: deadline) }
      }
      if let givesUpAt = exchange.readerGivesUpAt {
        if givesUpAt <= now {
          exchange.readerGivesUpAt = nil
          let reader = exchange.reader
          exchange.reader = nil
          reader?(.success(nil))
        } else if exchange.reader != nil {
          attentionAt.lower(to: givesUpAt)
        }
      }
    }
  }

  // MARK: Parts

  func exchange(on stream: StreamID) -> ExchangeState? {
    byStream[Int(stream)].flatMap { exchanges[$0] }
  }

  /// The stream's number may be used anew.
  func over(_ stream: StreamID, _ exchange: ExchangeState) {
    byStream[Int(stream)] = nil
    exchange.stream = nil
    exchange.deadline = nil
  }

  /// Gives the link as much of the body as it takes.
  func push(_ exchange: ExchangeState, on stream: StreamID, now: Instant) {
    guard !exchange.unsent.isEmpty || exchange.unsentEnd else { return }
    let taken = link.write(stream, exchange.unsent, end: exchange.unsentEnd, now: now)
    exchange.unsent = exchange.unsent.dropFirst(taken)
    if exchange.unsent.isEmpty, let sender = exchange.sender {
      exchange.sender = nil
      sender.resume(returning: .success(true))
    }
    if taken > 0, exchange.deadline != nil { exchange.deadline = now + options.deadline }
  }

  private func state(of handle: Exchange) -> ExchangeState? {
    guard handle.slot < exchanges.count, let exchange = exchanges[handle.slot],
      exchange.serial == handle.serial
    else { return nil }
    return exchange
  }

  private func release(_ handle: Exchange) {
    if let exchange = state(of: handle) { vacate(exchange) }
  }

  /// Ends an exchange with an error, which its owner gets when it asks.
  func fail(_ exchange: ExchangeState, _ error: ExchangeError) {
    exchange.fail(error)
    if exchange.isTaken { vacate(exchange) }
  }

  private func vacate(_ exchange: ExchangeState) {
    guard exchanges[exchange.place] === exchange else { return }
    exchanges[exchange.place] = nil
    freePlaces.append(exchange.place)
  }

  func end(
    _ exchange: ExchangeState, at place: Int, _ error: ExchangeError, _ code: CancelCode,
    now: Instant
  ) {
    if let stream = exchange.stream {
      link.cancel(stream, code: code, now: now)
      over(stream, exchange)
    } else {
      queue.removeAll { $0 == place }
    }
    fail(exchange, error)
  }
}
