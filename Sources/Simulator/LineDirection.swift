import Glibc

/// One direction of the line: what was read from its source and not yet written to its sink.
///
/// It holds one chunk at a time. While there is a chunk, the source is not read: so a sink that
/// is full, or a line that is slow, holds the writer back.
///
/// At a baud rate a chunk is at most what the line carries in 2 ms, at least one byte, and it
/// is passed on when the stop bit of its last byte would have arrived. Chunks that wait are
/// timed from the end of the one before, not from when the thread woke up, so that the rate is
/// exact in the long run. A writer sees the kernel's pty buffer (about 12 KB) in front of the
/// line, where a UART's driver has 4 KB.
struct LineDirection: ~Copyable {
  /// Nanoseconds of CLOCK_MONOTONIC.
  typealias Nanoseconds = UInt64

  private enum Limits {
    static let buffer = 65_536
    static let chunkTime: Nanoseconds = 2_000_000
    /// How far the line may fall behind (a busy machine) and still make up for it.
    static let catchUp: Nanoseconds = 100_000_000
  }

  /// What reading the source gave.
  enum Reading { case bytes, nothing, gone }

  private let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: Limits.buffer, alignment: 16)
  private var pending: Range<Int> = 0..<0
  private let baud: UInt64?
  private let chunk: Int
  private var injector: FaultInjector
  private let counters: LineCounters
  private var lineFree: Nanoseconds = 0

  /// When the chunk may be passed on; nil when there is none.
  private(set) var due: Nanoseconds?
  /// Whether the sink refused bytes, and has to be polled.
  private(set) var isBlocked = false

  /// Whether bytes take the time that they take at a baud rate.
  var isPaced: Bool { baud != nil }

  /// Whether the source is to be read.
  var wantsBytes: Bool { due == nil }

  /// - Parameters:
  ///   - baud: bits a second, ten for a byte; nil passes bytes on at once.
  ///   - injector: puts in the faults.
  ///   - counters: where to count.
  init(baud: Int?, injector: FaultInjector, counters: LineCounters) {
    let rate = baud.map { UInt64(max(1, $0)) }
    self.baud = rate
    self.injector = injector
    self.counters = counters
    let perChunk = rate.map { Int($0 * Limits.chunkTime / 10_000_000_000) } ?? Limits.buffer
    chunk = min(Limits.buffer, max(1, perChunk))
  }

  deinit {
    buffer.deallocate()
  }

  /// Reads a chunk. Call it only when ``wantsBytes``.
  ///
  /// - Parameters:
  ///   - source: a non-blocking descriptor.
  ///   - now: the time.
  ///   - follows: whether the source had this waiting when the chunk before was passed on.
  mutating func read(from source: CInt, now: Nanoseconds, follows: Bool) -> Reading {
    let count = Glibc.read(source, buffer.baseAddress, chunk)
    guard count > 0 else {
      return count < 0 && (errno == EAGAIN || errno == EINTR) ? .nothing : .gone
    }
    if let baud {
      let start = follows && now < lineFree + Limits.catchUp ? lineFree : max(now, lineFree)
      lineFree = start + UInt64(count) * 10_000_000_000 / baud
      due = lineFree
    } else {
      due = 0
    }
    let result = injector.apply(
      to: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
    counters.add(result)
    pending = 0..<result.count
    return .bytes
  }

  /// Writes what is due.
  ///
  /// - Parameters:
  ///   - sink: a non-blocking descriptor; nil, or one that is dead, loses the bytes, as a wire
  ///     that leads nowhere does.
  ///   - now: the time.
  /// - Returns: whether the chunk is gone and the source may be read again.
  mutating func write(to sink: CInt?, now: Nanoseconds) -> Bool {
    guard let due, due <= now else { return false }
    isBlocked = false
    while let sink, !pending.isEmpty {
      let rest = UnsafeRawBufferPointer(rebasing: buffer[pending])
      let count = Glibc.write(sink, rest.baseAddress, rest.count)
      if count >= 0 {
        counters.add(bytes: count)
        pending = (pending.lowerBound + count)..<pending.upperBound
      } else if errno == EAGAIN {
        isBlocked = true
        return false
      } else if errno != EINTR {
        break
      }
    }
    pending = 0..<0
    self.due = nil
    return true
  }

  /// Forgets the chunk, as a line that is cut does.
  mutating func clear() {
    pending = 0..<0
    due = nil
    isBlocked = false
  }
}
