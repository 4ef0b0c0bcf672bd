import Synchronization

/// What went over one direction of a line so far.
public struct LineCounts: Sendable, Hashable {
  /// Bytes that arrived, damaged ones too.
  public var bytes = 0
  /// Bytes that arrived as other bytes.
  public var corrupted = 0
  /// Bytes that did not arrive.
  public var dropped = 0
}

/// The counters of one direction: written by the pump's thread, read by anybody.
final class LineCounters: Sendable {
  private let bytes = Atomic<Int>(0)
  private let corrupted = Atomic<Int>(0)
  private let dropped = Atomic<Int>(0)

  /// The numbers now. Each is exact; together they may be from moments a chunk apart.
  var counts: LineCounts {
    LineCounts(
      bytes: bytes.load(ordering: .relaxed), corrupted: corrupted.load(ordering: .relaxed),
      dropped: dropped.load(ordering: .relaxed))
  }

  func add(bytes count: Int) {
    bytes.wrappingAdd(count, ordering: .relaxed)
  }

  func add(_ result: FaultInjector.Result) {
    if result.corrupted > 0 { corrupted.wrappingAdd(result.corrupted, ordering: .relaxed) }
    if result.dropped > 0 { dropped.wrappingAdd(result.dropped, ordering: .relaxed) }
  }
}
