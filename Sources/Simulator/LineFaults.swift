/// How often a line in one direction damages or loses a byte.
public struct LineFaults: Sendable, Hashable {
  /// The probability, 0 to 1, that a byte arrives as another byte.
  public var corrupt: Double
  /// The probability, 0 to 1, that a byte does not arrive.
  public var drop: Double

  /// A line without faults.
  public static let none = LineFaults()

  /// - Parameters:
  ///   - corrupt: see ``corrupt``; values outside of 0 to 1 are taken for the nearer end.
  ///   - drop: see ``drop``.
  public init(corrupt: Double = 0, drop: Double = 0) {
    self.corrupt = corrupt
    self.drop = drop
  }
}

/// Puts faults into the bytes of one direction.
///
/// Which bytes are hit depends on the seed and on their number in the stream alone, not on how
/// the stream is cut into reads.
struct FaultInjector {
  /// What became of the bytes of one call.
  struct Result: Equatable {
    /// How many bytes are left, from the start of the buffer.
    var count: Int
    var corrupted = 0
    var dropped = 0
  }

  private let corruptBelow: UInt64
  private let dropBelow: UInt64
  private let sparesInterrupts: Bool
  private var random: SplitMix64

  /// Whether there is anything to do.
  var isActive: Bool { corruptBelow > 0 || dropBelow > 0 }

  /// - Parameters:
  ///   - faults: the rates.
  ///   - seed: where the generator starts.
  ///   - sparesInterrupts: whether no byte is made an 03. Towards the board an 03 interrupts
  ///     the program. Real lines do that too, once in 256 corruptions; but it ends the test,
  ///     which is about what the link makes of damaged bytes.
  init(_ faults: LineFaults, seed: UInt64, sparesInterrupts: Bool) {
    corruptBelow = Self.threshold(faults.corrupt)
    dropBelow = Self.threshold(faults.drop)
    self.sparesInterrupts = sparesInterrupts
    random = SplitMix64(seed: seed)
  }

  /// Damages bytes in place and closes the gaps of those that are lost.
  mutating func apply(to bytes: UnsafeMutableRawBufferPointer) -> Result {
    guard isActive else { return Result(count: bytes.count) }
    var result = Result(count: 0)
    for index in bytes.indices {
      // Always one number for a byte: so its fate does not depend on those before it.
      let number = random.next()
      if number >> 32 < dropBelow {
        result.dropped += 1
        continue
      }
      var byte = bytes[index]
      if number & 0xFFFF_FFFF < corruptBelow {
        // Bits 32 to 39, as good as any: 1 to 255 gives each other byte alike.
        let damaged = byte ^ UInt8(1 + (number >> 32) % 255)
        if !(sparesInterrupts && damaged == 0x03) {
          byte = damaged
          result.corrupted += 1
        }
      }
      bytes[result.count] = byte
      result.count += 1
    }
    return result
  }

  /// A probability as a number of 32 bits that random ones are below.
  private static func threshold(_ probability: Double) -> UInt64 {
    UInt64(min(1, max(0, probability)) * 4_294_967_296)
  }
}
