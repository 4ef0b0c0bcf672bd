import MonotonicTime

/// What the host's end knows of one stream.
struct HostStream: Sendable {
  /// The number is taken: one of the two sides has not ended yet.
  var inUse = false
  /// The caller has the stream: its end was not reported, and it was not cancelled.
  var isOpen = false
  /// E or CANCEL of this side is on the line, or waits for it.
  var localEnded = false
  var remoteEnded = false
  /// This side has ended by CANCEL, which the board answers at once.
  var isCancelled = false
  /// The first REQUEST was put on the line.
  var isRequested = false
  /// Bytes of the response or an ERROR came.
  var isHeard = false
  /// The caller was told that not all of its bytes were taken.
  var wantsRoom = false
  /// The stream stands in the link's queue of streams that have frames to send.
  var isQueued = false
  /// Bytes of DATA that may still be sent.
  var credit = 0
  /// Bytes of DATA that may still come.
  var granted = Limits.hostCredit
  /// Bytes that the caller has consumed, and CREDIT has not said yet.
  var owed = 0
  /// Frames that wait for the window, oldest first; at `first` and after.
  private var frames: [Outgoing] = []
  private var first = 0
  /// DATA among them.
  private(set) var waitingData = 0

  /// DATA frames of a stream that may wait for the window.
  static let mostWaiting = 2

  var hasWaiting: Bool { first < frames.count }
  var nextWaiting: Outgoing? { first < frames.count ? frames[first] : nil }
  /// Whether the stream takes bytes from its caller.
  var hasRoom: Bool { credit > 0 && waitingData < Self.mostWaiting }
  /// Whether the number can be used anew.
  var isOver: Bool { inUse && localEnded && remoteEnded && !hasWaiting }

  mutating func append(_ frame: Outgoing) {
    if frame.kind == .data { waitingData += 1 }
    frames.append(frame)
  }

  mutating func removeFirst() {
    guard first < frames.count else { return }
    if frames[first].kind == .data { waitingData -= 1 }
    first += 1
    if first == frames.count { removeAll() }
  }

  mutating func removeAll() {
    frames.removeAll(keepingCapacity: true)
    first = 0
    waitingData = 0
  }

  /// Begins a stream on this number; what it has allocated stays.
  mutating func begin(credit: Int) {
    removeAll()
    inUse = true
    isOpen = true
    localEnded = false
    remoteEnded = false
    isCancelled = false
    isRequested = false
    isHeard = false
    wantsRoom = false
    self.credit = credit
    granted = Limits.hostCredit
    owed = 0
  }
}

/// A sequenced frame towards the board, ahead of its number.
struct Outgoing: Sendable {
  var kind: FrameKind
  var stream: UInt8
  var end = false
  var part = false
  var body: [UInt8]
  /// The most bytes that the frame takes on the line, with any number and any check.
  var size: Int
}

/// A sequenced frame that is not acknowledged.
struct UnderWay: Sendable {
  var frame: Outgoing
  var sentAt: Instant
  var sentAgain = false
}

/// Numbers of streams, first in, first out; each at most once.
struct StreamQueue: Sendable {
  private var ring = [UInt8](repeating: 0, count: 128)
  private var head = 0
  private(set) var count = 0

  var first: UInt8? { count == 0 ? nil : ring[head] }

  mutating func append(_ stream: UInt8) {
    ring[(head + count) & 127] = stream
    count += 1
  }

  mutating func removeFirst() {
    head = (head + 1) & 127
    count -= 1
  }

  mutating func removeAll() { count = 0 }
}
