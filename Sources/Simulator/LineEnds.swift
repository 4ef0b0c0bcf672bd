import CSerialIO
import Glibc

/// The two ends of a line and what is on its way between them; used by the pump's thread alone.
struct LineEnds: ~Copyable {
  private var board: BoardEnd?
  private var host: CInt?
  private var toBoard: LineDirection
  private var toHost: LineDirection

  init(_ settings: LinePump.Settings, toBoard: LineCounters, toHost: LineCounters) {
    // Two generators, so that what one direction does leaves the other's faults as they are.
    var seeds = SplitMix64(seed: settings.seed)
    self.toBoard = LineDirection(
      baud: settings.baud,
      injector: FaultInjector(settings.faultsToBoard, seed: seeds.next(), sparesInterrupts: true),
      counters: toBoard)
    self.toHost = LineDirection(
      baud: settings.baud,
      injector: FaultInjector(settings.faultsToHost, seed: seeds.next(), sparesInterrupts: false),
      counters: toHost)
  }

  mutating func connect(board end: BoardEnd) {
    board?.close()
    board = end
  }

  mutating func connect(host descriptor: CInt?) {
    Self.close(&host)
    host = descriptor
    // What was on the wire when it was cut, or before it was there, reaches nobody.
    toHost.clear()
    toBoard.clear()
  }

  mutating func closeAll() {
    board?.close()
    board = nil
    Self.close(&host)
  }

  /// Waits until there is something to do, and does it.
  ///
  /// - Returns: whether `wake` became readable.
  mutating func carryUntilWoken(by wake: CInt) -> Bool {
    // A descriptor of -1 is skipped. One without events must be, as POLLHUP is always told.
    var entries = (
      pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
      Self.entry(board?.descriptor, reads: toHost.wantsBytes, writes: toBoard.isBlocked),
      Self.entry(host, reads: toBoard.wantsBytes, writes: toHost.isBlocked)
    )
    let due = earliestDue()
    let ready = withUnsafeMutableBytes(of: &entries) { bytes in
      let entries = bytes.assumingMemoryBound(to: pollfd.self).baseAddress
      guard let due else { return boardwalk_poll(entries, 3, -1) }
      let now = Self.now()
      return boardwalk_poll(entries, 3, due > now ? Int64(due - now) : 0)
    }
    // What the pump is told comes before what arrives: a byte that somebody sends after an
    // order is for the board, or the line, that the order is about.
    if ready > 0, entries.0.revents != 0 { return true }
    if ready > 0 {
      if entries.1.revents != 0 { boardIsReady() }
      if entries.2.revents != 0 { hostIsReady() }
    }
    if toHost.due != nil || toBoard.due != nil { deliver() }
    return false
  }

  private mutating func boardIsReady() {
    guard let board, toHost.wantsBytes else { return }
    if toHost.read(from: board.descriptor, now: Self.now(), follows: false) == .gone {
      boardIsGone()
    }
  }

  private mutating func hostIsReady() {
    guard let host, toBoard.wantsBytes else { return }
    // Somebody holds the slave open as long as there is a line, so this does not end either.
    if toBoard.read(from: host, now: Self.now(), follows: false) == .gone {
      Self.close(&self.host)
    }
  }

  /// Passes on what is due. What waits behind a chunk is taken at once, so that a paced line
  /// stays busy from the one to the other.
  private mutating func deliver() {
    let now = Self.now()
    if toHost.write(to: host, now: now), toHost.isPaced, let board,
      toHost.read(from: board.descriptor, now: now, follows: true) == .gone
    {
      boardIsGone()
    }
    let wasWritten = toBoard.write(to: board?.descriptor, interrupt: board?.interrupt, now: now)
    if wasWritten, toBoard.isPaced, let host {
      _ = toBoard.read(from: host, now: now, follows: true)
    }
  }

  private mutating func boardIsGone() {
    board?.lastBytes.yield(toHost.lastBytes)
    board?.close()
    board = nil
    toBoard.clear()
  }

  /// The next time at which a chunk has arrived; not that of one whose sink is full.
  private func earliestDue() -> UInt64? {
    let first = toHost.isBlocked ? nil : toHost.due
    let second = toBoard.isBlocked ? nil : toBoard.due
    guard let first else { return second }
    guard let second else { return first }
    return min(first, second)
  }

  private static func entry(_ descriptor: CInt?, reads: Bool, writes: Bool) -> pollfd {
    let events = (reads ? Int16(POLLIN) : 0) | (writes ? Int16(POLLOUT) : 0)
    return pollfd(fd: events == 0 ? -1 : descriptor ?? -1, events: events, revents: 0)
  }

  private static func close(_ descriptor: inout CInt?) {
    if let open = descriptor { Glibc.close(open) }
    descriptor = nil
  }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
