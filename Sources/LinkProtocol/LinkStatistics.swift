/// What went over a link since it was made; counts never go down, also not with a new session.
public struct LinkStatistics: Sendable, Equatable {
  public var framesSent: UInt64 = 0
  public var framesReceived: UInt64 = 0
  /// Sequenced frames that were sent again.
  public var retransmissions: UInt64 = 0
  /// Frames from the board with a bad check or wrong guards.
  public var damaged: UInt64 = 0
  /// Sequenced frames from the board that had come before.
  public var duplicates: UInt64 = 0
  public var naksSent: UInt64 = 0
  public var naksReceived: UInt64 = 0
  public var pingsSent: UInt64 = 0
  public var bytesSent: UInt64 = 0
  public var bytesReceived: UInt64 = 0
  /// Sessions that were established.
  public var sessions: UInt64 = 0
  /// Smoothed time from a frame to its acknowledgement; nil until the first.
  public var roundTrip: Duration?

  public init() {}
}
