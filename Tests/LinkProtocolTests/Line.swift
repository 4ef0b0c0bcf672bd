import MonotonicTime

@testable import LinkProtocol

/// A host's link and a model board on a line with a rate and faults, in time by hand.
final class Line {
  var link: HostLink
  var board = ModelBoard()
  var now = Instant.now
  var rate: Int
  var corruption = 0.0
  var loss = 0.0
  var random = SplitMix64(state: 7)
  var events: [HostLink.Event] = []
  var bytesToBoard = 0
  /// Of the bytes to the board, counted from the first, those that get lost.
  var hole = 0..<0
  private var toBoard: [UInt8] = []
  private var toHost: [UInt8] = []
  private var share = 0

  init(rate: Int = 11_520) {
    self.rate = rate
    link = HostLink(configuration: .init(lineRate: rate))
  }

  // `#expect` copies whose property it is given, and a link is not copied.
  var state: HostLink.State { link.state }
  var statistics: LinkStatistics { link.statistics }
  var freeStreams: Int { link.freeStreams }
  var isEnding: Bool { link.isEnding }

  func start() {
    link.start(now: now, using: &random)
  }

  /// A fifth of a millisecond.
  func tick() {
    now = now.advanced(by: .microseconds(200))
    if let deadline = link.nextDeadline, deadline <= now { link.advance(now: now) }
    if link.hasOutput { toBoard += link.takeOutput() }
    share += rate
    let count = share / 5000
    share %= 5000
    let arrived = min(count, toBoard.count)
    for byte in faulty(toBoard.prefix(arrived)) {
      if !hole.contains(bytesToBoard) { board.input.append(byte) }
      bytesToBoard += 1
    }
    toBoard.removeFirst(arrived)
    board.run()
    toHost += board.output
    board.output = []
    let came = faulty(toHost.prefix(count))
    toHost.removeFirst(min(count, toHost.count))
    link.receive(came, now: now)
    while let event = link.nextEvent() { events.append(event) }
  }

  /// Ticks until the condition holds; false when it did not in so many milliseconds.
  func run(_ milliseconds: Int, until done: (Line) -> Bool = { _ in false }) -> Bool {
    for _ in 0..<milliseconds * 5 {
      tick()
      if done(self) { return true }
    }
    return false
  }

  private func faulty(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    if corruption == 0 && loss == 0 { return Array(bytes) }
    var result: [UInt8] = []
    for byte in bytes {
      if Double.random(in: 0..<1, using: &random) < loss { continue }
      let hit = Double.random(in: 0..<1, using: &random) < corruption
      result.append(hit ? byte ^ UInt8.random(in: 1...255, using: &random) : byte)
    }
    return result
  }
}
