/// CRC-32 and Fletcher-16 over the bytes of a frame.
package enum Checksum {
  /// CRC-32 of zlib (IEEE 802.3, reflected), running on from `value`, eight bytes a step.
  package static func crc32(_ bytes: UnsafeRawBufferPointer, from value: UInt32 = 0) -> UInt32 {
    tables.withUnsafeBufferPointer { table in
      var crc = ~value
      var index = 0
      let count = bytes.count
      while count - index >= 8 {
        let word = UInt64(
          littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        let low = UInt32(truncatingIfNeeded: word) ^ crc
        let high = UInt32(truncatingIfNeeded: word >> 32)
        let first = table[1792 + Int(low & 0xFF)] ^ table[1536 + Int(low >> 8 & 0xFF)]
        let second = table[1280 + Int(low >> 16 & 0xFF)] ^ table[1024 + Int(low >> 24)]
        let third = table[768 + Int(high & 0xFF)] ^ table[512 + Int(high >> 8 & 0xFF)]
        let fourth = table[256 + Int(high >> 16 & 0xFF)] ^ table[Int(high >> 24)]
        crc = first ^ second ^ third ^ fourth
        index += 8
      }
      while index < count {
        crc = table[Int((crc ^ UInt32(bytes[index])) & 0xFF)] ^ (crc >> 8)
        index += 1
      }
      return ~crc
    }
  }

  /// Fletcher-16, running on from the sums `a` and `b`, each below 255.
  static func fletcher16(
    _ bytes: UnsafeRawBufferPointer, from sums: (a: UInt8, b: UInt8) = (0, 0)
  ) -> (a: UInt8, b: UInt8) {
    var a = UInt32(sums.a)
    var b = UInt32(sums.b)
    var index = 0
    while index < bytes.count {
      // b grows by at most 255 × (n + 1) a step: 4096 steps stay below 2^32.
      let stop = min(index + 4096, bytes.count)
      while index < stop {
        a &+= UInt32(bytes[index])
        b &+= a
        index += 1
      }
      a %= 255
      b %= 255
    }
    return (UInt8(a), UInt8(b))
  }

  /// Eight tables of 256, one after the other: table *t* takes a byte that has *t* bytes behind it.
  private static let tables: [UInt32] = {
    var all = [UInt32](repeating: 0, count: 2048)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
      all[byte] = crc
    }
    for index in 256..<2048 {
      let before = all[index - 256]
      all[index] = all[Int(before & 0xFF)] ^ (before >> 8)
    }
    return all
  }()
}
