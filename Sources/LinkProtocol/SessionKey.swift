/// What the handshake's nonce makes of checks and guards (spec, "Seed").
///
/// It keeps frames of an earlier session, and such as a hostile client hides in a body, from passing
/// for frames of this session.
public struct SessionKey: Sendable, Equatable {
  /// Running value, as zlib gives it out, at which the CRC-32 of a frame starts.
  public var crcSeed: UInt32
  /// The two sums at which the Fletcher-16 of a frame starts, each below 255.
  public var fletcherSeed: (a: UInt8, b: UInt8) { (fletcherA, fletcherB) }
  /// g0 and g1, seven bits each: mixed into the sequence and acknowledgement of header-only frames.
  public var guards: (UInt8, UInt8) { (guard0, guard1) }

  @usableFromInline var fletcherA: UInt8
  @usableFromInline var fletcherB: UInt8
  @usableFromInline var guard0: UInt8
  @usableFromInline var guard1: UInt8

  /// The key of a nonce; bytes that are missing count as 0, bytes after the fourth do not count.
  public init(nonce: [UInt8]) {
    func byte(_ index: Int) -> UInt8 { index < nonce.count ? nonce[index] : 0 }
    crcSeed = nonce.withUnsafeBytes {
      Checksum.crc32(UnsafeRawBufferPointer(rebasing: $0.prefix(4)))
    }
    fletcherA = byte(0) % 255
    fletcherB = byte(1) % 255
    guard0 = byte(2) & 0x7F
    guard1 = byte(3) & 0x7F
  }

  private init() {
    crcSeed = 0
    fletcherA = 0
    fletcherB = 0
    guard0 = 0
    guard1 = 0
  }

  /// The key of HELLO and WELCOME: no seed.
  public static let none = SessionKey()
}
