/// What a frame means, as its header says it (spec, "Kinds").
///
/// All sixteen values of the field have a case, so that no byte from the line is without a kind.
public enum FrameKind: UInt8, Sendable, CaseIterable {
  case hello = 0
  case welcome = 1
  case bye = 2
  case ack = 3
  case nak = 4
  case ping = 5
  case reserved6 = 6
  case reserved7 = 7
  case request = 8
  case reserved9 = 9
  case data = 10
  case credit = 11
  case cancel = 12
  case event = 13
  case error = 14
  case routes = 15

  /// Whether frames of this kind are numbered, acknowledged and sent again: all from 8 up.
  @inlinable
  public var isSequenced: Bool { rawValue >= 8 }

  /// Whether the frame is eight bytes with guards in place of the length: ACK, NAK and PING.
  @inlinable
  public var isHeaderOnly: Bool { rawValue >= 3 && rawValue <= 5 }

  /// Whether the check starts without a seed, because there is no session yet: HELLO and WELCOME.
  @inlinable
  public var isUnseeded: Bool { rawValue <= 1 }
}

/// The check at the end of a frame.
public enum CheckKind: UInt8, Sendable, CaseIterable {
  /// CRC-32 as zlib has it, four bytes, little-endian.
  case crc32 = 0
  /// Two sums modulo 255, for boards that cannot compute CRC-32 quickly; two bytes.
  case fletcher16 = 1

  /// Bytes that the check takes in a frame, before escaping.
  @inlinable
  public var size: Int { self == .crc32 ? 4 : 2 }

  /// The name that WELCOME gives it under the key `c`.
  public var name: String { self == .crc32 ? "crc32" : "fletcher16" }
}
