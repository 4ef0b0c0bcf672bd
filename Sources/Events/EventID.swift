/// An event's place in the life of one gateway: `EPOCH-COUNTER`, such as `00c0ffee12345678-42`.
///
/// The epoch is drawn anew whenever a gateway starts, so that an identifier of an earlier gateway
/// is known for what it is.
public struct EventID: Sendable, Hashable {
  /// Which gateway; in text 16 lower-case hexadecimal digits.
  public let epoch: UInt64
  /// Which of its events, from 1. As a cursor, 0 is the place before the first.
  public let counter: UInt64

  public init(epoch: UInt64, counter: UInt64) {
    self.epoch = epoch
    self.counter = counter
  }
}

extension EventID: LosslessStringConvertible {
  /// Reads the text form, and nothing else: no blanks, signs, leading zeros or capitals.
  ///
  /// - Returns: nil for every other text, however long.
  public init?(_ text: some StringProtocol) {
    let digits = 16
    var epoch: UInt64 = 0
    var counter: UInt64 = 0
    var length = 0
    // Byte by byte with an end: a client may send anything as its Last-Event-ID.
    for byte in text.utf8 {
      if length < digits {
        guard let digit = Self.hexadecimal(byte) else { return nil }
        epoch = epoch << 4 | digit
      } else if length == digits {
        guard byte == UInt8(ascii: "-") else { return nil }
      } else {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        // A 0 so far, and more to come: a leading zero.
        guard length == digits + 1 || counter > 0 else { return nil }
        let (tens, overflow) = counter.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tens.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
        guard !overflow, !carry else { return nil }
        counter = sum
      }
      length += 1
    }
    guard length > digits + 1 else { return nil }
    self.init(epoch: epoch, counter: counter)
  }

  /// The text form.
  public var description: String {
    let digits = String(epoch, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits + "-\(counter)"
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a")) + 10
    default: nil
    }
  }
}
