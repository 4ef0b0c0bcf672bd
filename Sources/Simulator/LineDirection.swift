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

  private static let interruptByte: UInt8 = 0x03

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
  /// The last eight bytes that were read, before any fault; zeros before the first ones.
  var lastBytes: [UInt8] { withUnsafeBytes(of: last.bigEndian) { Array($0) } }
  private var last: UInt64 = 0

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
    for index in max(0, count - 8)..<count { last = last << 8 | UInt64(buffer[index]) }
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
  ///   - interrupt: what a run of bytes 03 does, unless it returns false, instead of being
  ///     written. A run counts once: a second SIGINT that MicroPython gets before it has acted on
  ///     the first ends the process, where a board takes both as one.
  ///   - now: the time.
  /// - Returns: whether the chunk is gone and the source may be read again.
  mutating func write(
    to sink: CInt?, interrupt: (() -> Bool)? = nil, now: Nanoseconds
  ) -> Bool {
    guard let due, due <= now else { return false }
    isBlocked = false
    while let sink, !pending.isEmpty {
      var rest = UnsafeRawBufferPointer(rebasing: buffer[pending])
      if let interrupt {
        let run = rest.prefix { $0 == Self.interruptByte }.count
        if run > 0, interrupt() {
          counters.add(bytes: run)
          pending.removeFirst(run)
          continue
        }
        let part = run > 0 ? run : Self.lengthBeforeInterrupt(in: rest)
        rest = UnsafeRawBufferPointer(rebasing: rest.prefix(part))
      }
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

  private static func lengthBeforeInterrupt(in bytes: UnsafeRawBufferPointer) -> Int {
    guard let start = bytes.baseAddress,
      let found = memchr(start, CInt(interruptByte), bytes.count)
    else { return bytes.count }
    return UnsafeRawPointer(found) - start
  }

  /// Forgets the chunk, as a line that is cut does.
  mutating func clear() {
    pending = 0..<0
    due = nil
    isBlocked = false
  }
}
