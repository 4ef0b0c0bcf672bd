/// A point in time, on a clock that never goes back and goes on while the machine sleeps.
///
/// It is an instant of `ContinuousClock` in a layout that the compiler knows: a request copies and
/// compares optional instants some hundred times, and each time is a call with that clock's own.
public struct Instant: InstantProtocol {
  @usableFromInline
  var sinceOrigin: Duration

  @inlinable
  init(sinceOrigin: Duration) {
    self.sinceOrigin = sinceOrigin
  }

  private static let origin = ContinuousClock.now

  public static var now: Instant { Instant(sinceOrigin: origin.duration(to: .now)) }

  @inlinable
  public func advanced(by duration: Duration) -> Instant {
    Instant(sinceOrigin: sinceOrigin + duration)
  }

  @inlinable
  public func duration(to other: Instant) -> Duration { other.sinceOrigin - sinceOrigin }

  @inlinable
  public static func < (left: Instant, right: Instant) -> Bool {
    left.sinceOrigin < right.sinceOrigin
  }

  @inlinable
  public static func + (left: Instant, right: Duration) -> Instant { left.advanced(by: right) }

  @inlinable
  public static func - (left: Instant, right: Instant) -> Duration { right.duration(to: left) }
}

extension Instant? {
  /// Makes it the other one if that is earlier; nil is later than all.
  @inlinable
  public mutating func lower(to other: Instant?) {
    guard let other else { return }
    if let self, self <= other { return }
    self = other
  }
}
