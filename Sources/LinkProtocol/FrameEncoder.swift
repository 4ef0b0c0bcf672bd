/// Makes the bytes of frames; the picture of a frame is at `FrameHeader`.
public enum FrameEncoder {
  /// The way a frame goes: only towards the board are there escapes.
  public enum Direction: Sendable {
    case toBoard
    case toHost
  }

  static let escape: UInt8 = 0x10
  static let interrupt: UInt8 = 0x03

  /// Appends a frame to `output`; a body that cannot fit the length field is cut.
  ///
  /// HELLO and WELCOME are made without the key's seed, ACK, NAK and PING with its guards.
  public static func append(
    _ frame: Frame, key: SessionKey, check: CheckKind, direction: Direction,
    to output: inout [UInt8]
  ) {
    if frame.kind.isHeaderOnly {
      appendHeaderOnly(
        frame.kind, stream: frame.stream, sequence: frame.sequence,
        acknowledgement: frame.acknowledgement, key: key, to: &output)
      return
    }
    let start = output.count
    let bodyStart = start + Limits.headerSize
    output.reserveCapacity(bodyStart + frame.body.count + check.size)
    var flags = 0x80 | frame.kind.rawValue << 3
    if check == .fletcher16 { flags |= 4 }
    if frame.end { flags |= 2 }
    if frame.part { flags |= 1 }
    output.append(FrameHeader.start)
    output.append(flags)
    output.append(0x80 | frame.stream)
    output.append(0x80 | frame.sequence)
    output.append(0x80 | frame.acknowledgement)
    // The length is known after escaping; the check is not over these three.
    output.append(0)
    output.append(0)
    output.append(0)
    output.append(contentsOf: frame.body)
    appendCheck(check, key: frame.kind.isUnseeded ? .none : key, from: start, to: &output)
    var high: UInt8 = 0x80
    if direction == .toBoard && hasInterrupt(output, from: bodyStart) {
      escapeTail(of: &output, from: bodyStart)
      high |= 0x40
    }
    if output.count - bodyStart > Limits.length {
      output.removeLast(output.count - bodyStart - Limits.length)
    }
    let length = output.count - bodyStart
    output[start + 5] = 0x80 | UInt8(length & 0x7F)
    output[start + 6] = high | UInt8(length >> 7)
    setSum(of: &output, at: start)
  }

  /// Appends an ACK, NAK or PING.
  static func appendHeaderOnly(
    _ kind: FrameKind, stream: UInt8 = 0, sequence: UInt8, acknowledgement: UInt8,
    key: SessionKey, to output: inout [UInt8]
  ) {
    let start = output.count
    output.append(FrameHeader.start)
    output.append(0x80 | kind.rawValue << 3)
    output.append(0x80 | stream)
    output.append(0x80 | sequence)
    output.append(0x80 | acknowledgement)
    output.append(0x80 | (sequence ^ key.guard0))
    output.append(0x80 | (acknowledgement ^ key.guard1))
    output.append(0)
    setSum(of: &output, at: start)
  }

  /// Bytes of a body that escaping may double, because they are `03` or `10`.
  static func escapable(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.withUnsafeBufferPointer { bytes in
      var count = 0
      for byte in bytes where byte == interrupt || byte == escape { count += 1 }
      return count
    }
  }

  private static func appendCheck(
    _ check: CheckKind, key: SessionKey, from start: Int, to output: inout [UInt8]
  ) {
    switch check {
    case .crc32:
      let value = output.withUnsafeBytes { bytes in
        let (header, body) = checked(bytes, from: start)
        return Checksum.crc32(body, from: Checksum.crc32(header, from: key.crcSeed))
      }
      output.append(UInt8(truncatingIfNeeded: value))
      output.append(UInt8(truncatingIfNeeded: value >> 8))
      output.append(UInt8(truncatingIfNeeded: value >> 16))
      output.append(UInt8(truncatingIfNeeded: value >> 24))
    case .fletcher16:
      let sums = output.withUnsafeBytes { bytes in
        let (header, body) = checked(bytes, from: start)
        return Checksum.fletcher16(
          body, from: Checksum.fletcher16(header, from: key.fletcherSeed))
      }
      output.append(sums.a)
      output.append(sums.b)
    }
  }

  /// The two stretches that the check is over: five bytes of the header, and the body.
  private static func checked(
    _ bytes: UnsafeRawBufferPointer, from start: Int
  ) -> (header: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer) {
    (
      UnsafeRawBufferPointer(rebasing: bytes[start..<start + 5]),
      UnsafeRawBufferPointer(rebasing: bytes[(start + Limits.headerSize)...])
    )
  }

  private static func hasInterrupt(_ bytes: [UInt8], from start: Int) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var index = start
      while bytes.count - index >= 8 {
        // A byte of the difference is zero where a 03 is.
        let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        let difference = word ^ 0x0303_0303_0303_0303
        let zeros =
          (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
        if zeros != 0 { return true }
        index += 8
      }
      while index < bytes.count {
        if bytes[index] == interrupt { return true }
        index += 1
      }
      return false
    }
  }

  private static func escapeTail(of output: inout [UInt8], from start: Int) {
    let plain = Array(output[start...])
    output.removeLast(plain.count)
    for byte in plain {
      if byte == interrupt || byte == escape {
        output.append(escape)
        output.append(byte | 0x40)
      } else {
        output.append(byte)
      }
    }
  }

  private static func setSum(of output: inout [UInt8], at start: Int) {
    var sum: UInt8 = 0
    for index in start..<start + 7 { sum &+= output[index] }
    output[start + 7] = 0x80 | (0 &- sum)
  }
}
