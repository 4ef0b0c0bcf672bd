public import Events

extension EventHistory {
  /// Writes what a subscription brings, until it or the log ends, the task is cancelled, or the
  /// history is closed; then what is still there, without another attempt where that fails.
  ///
  /// What does not fit into the subscription's backlog while the file cannot be written is lost,
  /// and how much is written in its place. One call at a time.
  public func run(following subscription: EventSubscription) async {
    precondition(endSubscription == nil, "A history follows one subscription at a time.")
    endSubscription = { subscription.end() }
    if isClosing { subscription.end() }
    await openAndSay()
    while let items = await subscription.nextBatch(upTo: configuration.batch) {
      await write(items)
      if items.count < configuration.batch { await wait(configuration.gathering) }
    }
    subscription.end()
    while true {
      let items = subscription.take(upTo: configuration.batch)
      guard !items.isEmpty else { break }
      await write(items)
    }
    endSubscription = nil
    releaseClosers()
  }

  /// Follows a log from here on.
  public func run(following log: EventLog) async {
    // As much as the log holds: its ring is the bound.
    await run(following: log.subscribe(backlog: .max))
  }

  /// Writes items, again and again until it is done or the history ends.
  private func write(_ items: [EventItem]) async {
    let now = configuration.now()
    let rows = items.compactMap { HistoryRow($0, time: now) }
    guard !rows.isEmpty else { return }
    for case .lost(let count, _) in rows { lost += count }
    let events = rows.count { if case .event = $0 { true } else { false } }
    var retry = configuration.firstRetry
    while true {
      if let store, !store.isInPlace { isSuspect = true }
      if isSuspect { await closeStore() }
      await openAndSay()
      if let store {
        do {
          try await store.write(rows)
          written += events
          recovered()
          await retain(in: store)
          return
        } catch {
          await failed(error)
        }
      }
      guard !isClosing, !Task.isCancelled else {
        lost += events
        return
      }
      await wait(retry)
      retry = min(retry * 2, .seconds(60))
    }
  }

  private func openAndSay() async {
    guard store == nil, let note = await open() else { return }
    if case .off = state { sayOff(note) } else { configuration.note(note) }
  }

  private func sayOff(_ reason: String) {
    guard !isSaidToBeOff else { return }
    isSaidToBeOff = true
    configuration.note("\(reason) The gateway goes on without its history, and tries again.")
  }

  private func recovered() {
    guard state != .closed else { return }
    state = .recording
    guard isSaidToBeOff else { return }
    isSaidToBeOff = false
    configuration.note("the history \(configuration.path) is on again.")
  }

  /// Goes off. A full disk leaves the file open, for it can still be read.
  private func failed(_ error: HistoryError) async {
    guard state != .closed else { return }
    state = .off(reason: error.message)
    sayOff(error.message)
    if error.code != .full { await closeStore() }
  }

  private func retain(in store: HistoryStore) async {
    let now = configuration.now()
    var cutoff: Int64?
    if now >= nextAgeCheck || nextAgeCheck > now &+ 60_000 {
      nextAgeCheck = now + 60_000
      cutoff = now - configuration.maximumAge.milliseconds
    }
    do {
      try await store.retain(from: cutoff, maximumBytes: configuration.maximumBytes)
    } catch {
      await failed(error)
    }
  }

  /// Waits; the end of the history or of the task cuts it short.
  private func wait(_ duration: Duration) async {
    guard !isClosing, !Task.isCancelled else { return }
    let pause = Task { _ = try? await Task.sleep(for: duration) }
    self.pause = pause
    await withTaskCancellationHandler {
      await pause.value
    } onCancel: {
      pause.cancel()
    }
    self.pause = nil
  }

  /// - Returns: whether ``run(following:)`` has ended.
  func runHasEnded(within deadline: Duration) async -> Bool {
    guard endSubscription != nil else { return true }
    let timer = Task {
      try? await Task.sleep(for: deadline)
      releaseClosers()
    }
    await withCheckedContinuation { closers.append($0) }
    timer.cancel()
    return endSubscription == nil
  }

  private func releaseClosers() {
    for closer in closers { closer.resume() }
    closers = []
  }
}

extension HistoryRow {
  /// - Returns: nil for what is no part of a history.
  fileprivate init?(_ item: EventItem, time: Int64) {
    switch item {
    case .event(let event): self = .event(event)
    case .lost(let count): self = .lost(count, time: time)
    case .gap(.expired(let count?)): self = .lost(Int(clamping: count), time: time)
    case .gap, .heartbeat: return nil
    }
  }
}

extension Duration {
  var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    return overflow ? .max / 2 : whole + attoseconds / 1_000_000_000_000_000
  }
}
