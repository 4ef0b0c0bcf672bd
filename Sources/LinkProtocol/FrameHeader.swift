/// The eight bytes that begin a frame.
///
///     byte   0     1         2        3     4     5      6       7      8 …            …
///          +----+---------+--------+-----+-----+------+--------+-----+--------------+-------+
///          | 1E | K C E P | stream | seq | ack | len0 | X len1 | sum | body         | check |
///          +----+---------+--------+-----+-----+------+--------+-----+--------------+-------+
///                  each of bytes 1 to 7 has bit 7 set: seven bits are used
///
/// In a header-only frame bytes 5 and 6 are guards. Source: spec, "Frames".
struct FrameHeader: Equatable {
  static let start: UInt8 = 0x1E

  var kind: FrameKind
  var check: CheckKind
  var end: Bool
  var part: Bool
  var stream: UInt8
  var sequence: UInt8
  var acknowledgement: UInt8
  /// Bytes 5 and 6, seven bits each: length and X, or guards.
  var low: UInt8
  var high: UInt8

  /// Bytes on the line after the header; 0 for a header-only frame.
  var length: Int { kind.isHeaderOnly ? 0 : Int(low) | Int(high & 0x3F) << 7 }
  /// X: what follows the header holds escape sequences.
  var escaped: Bool { !kind.isHeaderOnly && high & 0x40 != 0 }
  /// Bytes of the whole frame on the line.
  var frameSize: Int { Limits.headerSize + length }

  /// Whether a header-only frame carries the guards of this session.
  func hasGuards(of key: SessionKey) -> Bool {
    low == sequence ^ key.guard0 && high == acknowledgement ^ key.guard1
  }

  /// What can be said of the bytes from a `1E` on.
  enum Reading: Equatable {
    /// A header whose sum is right.
    case header(FrameHeader)
    /// The first `count` bytes, the `1E` among them, are no header and hold no other `1E`.
    case text(count: Int)
    /// It takes more bytes to say.
    case undecided
  }

  /// Reads the header at `offset`, where a `1E` is; it looks at up to seven bytes behind that.
  static func read(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Reading {
    let available = min(bytes.count - offset, Limits.headerSize)
    var sum = UInt32(start)
    var index = 1
    while index < available {
      let byte = bytes[offset + index]
      if byte < 0x80 { return .text(count: index) }
      sum &+= UInt32(byte)
      index += 1
    }
    if available < Limits.headerSize { return .undecided }
    if sum & 0x7F != 0 { return .text(count: Limits.headerSize) }
    let flags = bytes[offset + 1] & 0x7F
    // Four bits, and the enumeration has all sixteen values.
    guard let kind = FrameKind(rawValue: flags >> 3) else { return .text(count: available) }
    return .header(
      FrameHeader(
        kind: kind, check: flags & 4 == 0 ? .crc32 : .fletcher16, end: flags & 2 != 0,
        part: flags & 1 != 0, stream: bytes[offset + 2] & 0x7F,
        sequence: bytes[offset + 3] & 0x7F, acknowledgement: bytes[offset + 4] & 0x7F,
        low: bytes[offset + 5] & 0x7F, high: bytes[offset + 6] & 0x7F))
  }
}
