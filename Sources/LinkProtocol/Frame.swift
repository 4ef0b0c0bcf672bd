/// One frame, taken apart: what its header says, and its body without escapes.
public struct Frame: Equatable, Sendable {
  public var kind: FrameKind
  /// E: the sender sends nothing more on this stream.
  public var end: Bool
  /// P: in a REQUEST, the head goes on in the next REQUEST frame of the stream.
  public var part: Bool
  /// 1 to 127; 0 for the link itself.
  public var stream: UInt8
  /// The number of this frame; in an unsequenced frame, of the sender's next sequenced one.
  public var sequence: UInt8
  /// The number that the sender of this frame expects next.
  public var acknowledgement: UInt8
  public var body: [UInt8]

  public init(
    kind: FrameKind, end: Bool = false, part: Bool = false, stream: UInt8 = 0,
    sequence: UInt8 = 0, acknowledgement: UInt8 = 0, body: [UInt8] = []
  ) {
    self.kind = kind
    self.end = end
    self.part = part
    self.stream = stream
    self.sequence = sequence
    self.acknowledgement = acknowledgement
    self.body = body
  }
}

/// The numbers that version 1 of the protocol fixes (spec, "Limits and versions").
public enum Limits {
  /// The version that this end speaks.
  public static let version: UInt8 = 1
  /// Bytes of a header, which is the whole frame for ACK, NAK and PING.
  public static let headerSize = 8
  /// The largest length: body and check with escapes, in bytes.
  public static let length = 8191
  /// The largest length towards a board as its package comes, with a body of 512 bytes.
  public static let usualLength = 516
  /// The largest body of a WELCOME, in bytes.
  public static let welcome = 512
  /// Sequenced frames that may be under way in one direction.
  public static let underWay = 63
  /// Streams at most, numbered from 1.
  public static let streams = 127
  /// Bytes of ROUTES bodies that the host keeps; what goes beyond is dropped.
  public static let routes = 65_536
  /// Bytes of DATA that the board may send on a new stream before the first CREDIT.
  public static let hostCredit = 16_384
}
