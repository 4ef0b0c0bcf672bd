import Dispatch

/// One run of ``DeviceMonitor/snapshots()``: a monitor, a timer, and the table they feed.
///
/// libudev's objects belong to one thread at a time. They are this actor's state, and it runs on
/// a queue of its own, where Dispatch calls it back too.
actor DeviceWatch {
  typealias Continuation = AsyncThrowingStream<[Device], any Error>.Continuation

  private nonisolated let executor = QueueExecutor(label: "boardwalk.device-discovery")
  private let settings: DeviceMonitor
  private let continuation: Continuation
  private var udev: Udev?
  private var monitor: UdevMonitor?
  private var source: (any DispatchSourceRead)?
  private var timer: (any DispatchSourceTimer)?
  private var table = DeviceTable()
  private var isStopped = false

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(_ settings: DeviceMonitor, _ continuation: Continuation) {
    self.settings = settings
    self.continuation = continuation
  }

  /// Begins. Comes before ``stop()`` on the queue if called before.
  nonisolated func start() {
    executor.queue.async { self.assumeIsolated { $0.begin() } }
  }

  /// Lets go of everything, a moment later.
  nonisolated func stop() {
    executor.queue.async { self.assumeIsolated { $0.end() } }
  }

  private func begin() {
    guard !isStopped else { return }
    do throws(DiscoveryError) {
      let udev = try Udev()
      self.udev = udev
      // Before the look: what comes during it is then in the socket.
      let monitor = try udev.monitor(.current, receiveBuffer: settings.receiveBuffer)
      listen(to: monitor)
      startTimer()
      look()
    } catch {
      continuation.finish(throwing: error)
    }
  }

  private func listen(to monitor: UdevMonitor) {
    let source = DispatchSource.makeReadSource(
      fileDescriptor: monitor.descriptor, queue: executor.queue)
    source.setEventHandler { self.assumeIsolated { $0.receive() } }
    source.setCancelHandler { self.assumeIsolated { $0.released() } }
    self.monitor = monitor
    self.source = source
    source.activate()
  }

  private func startTimer() {
    guard timer == nil else { return }
    let timer = DispatchSource.makeTimerSource(queue: executor.queue)
    let interval = DispatchTimeInterval.nanoseconds(settings.rescanInterval.clampedNanoseconds)
    timer.schedule(deadline: .now() + interval, repeating: interval, leeway: .milliseconds(100))
    timer.setEventHandler { self.assumeIsolated { $0.look() } }
    self.timer = timer
    timer.activate()
  }

  /// Takes all that has come in, so that a burst costs one look.
  private func receive() {
    guard !isStopped, let monitor else { return }
    let arrivals = monitor.receive()
    for event in arrivals.events { table.note(event) }
    if arrivals.hasLoss { table.noteLoss() }
    // The kernel tells of all its devices, and libudev leaves out what is no tty.
    if arrivals.hasLoss || !arrivals.events.isEmpty { look() }
  }

  private func look() {
    guard !isStopped, let udev, let monitor else { return }
    if monitor.source != .current {
      // udevd came, or ended, after this began: the other one is to be listened to, from anew.
      source?.cancel()
      return
    }
    do throws(DiscoveryError) {
      if let devices = table.reconcile(try udev.sightings()) { continuation.yield(devices) }
    } catch {
      continuation.finish(throwing: error)
    }
  }

  private func end() {
    isStopped = true
    timer?.cancel()
    timer = nil
    if let source { source.cancel() } else { udev = nil }
  }

  /// Dispatch no longer polls the descriptor, which may be closed now, and not before.
  private func released() {
    source = nil
    monitor = nil
    if isStopped { udev = nil } else { begin() }
  }
}

extension Duration {
  /// Nanoseconds for Dispatch: at least a millisecond, at most a year.
  fileprivate var clampedNanoseconds: Int {
    let bounded = min(max(self, .milliseconds(1)), .seconds(365 * 86_400))
    let (seconds, attoseconds) = bounded.components
    return Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
  }
}
