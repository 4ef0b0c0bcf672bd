/// The host's decoder: parts what comes from a board into frames, console text and damage.
///
/// Give it bytes with ``append(_:)``, then ask ``next()`` until it is nil. What it can wait for:
/// - the rest of a header, at most seven bytes, all with bit 7 set;
/// - the rest of a frame whose header is whole, at most 8191 bytes.
/// Nothing else is held back, and ``giveUp()`` ends both waits. So it holds at most one frame.
///
/// After a damaged frame with a whole header, the bytes that its length covers are looked through
/// for frames, and those among them that pass the seeded check are taken; the rest is dropped.
/// A header-only frame in there is taken only when it reaches beyond: its guards are no check, and
/// what ends inside may be a part of a body, while what reaches beyond came after lost bytes.
public struct FrameDecoder: Sendable {
  public enum Output: Equatable, Sendable {
    case frame(Frame)
    /// Bytes between frames.
    case console([UInt8])
    /// A frame with a bad check or wrong guards, of which nothing is left.
    case damaged
  }

  /// The session whose frames are taken; without one, only HELLO and WELCOME are.
  public var session: (key: SessionKey, check: CheckKind)?

  /// The check of the last frame that has one.
  public private(set) var check = CheckKind.crc32

  private var buffer: [UInt8] = []
  private var head = 0
  /// Up to here the bytes belong to a damaged frame: they are no text.
  private var skipEnd = 0
  /// What begins ahead of here and is not complete will not be.
  private var giveUpEnd = 0

  public init() {}

  /// Bytes that wait for more.
  public var pendingCount: Int { buffer.count - head }

  /// Bytes of the whole frame that is waited for; 0 when nothing is.
  public private(set) var awaitedSize = 0

  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if head > 0 {
      buffer.removeSubrange(..<head)
      skipEnd = max(0, skipEnd - head)
      giveUpEnd = max(0, giveUpEnd - head)
      head = 0
    }
    buffer.append(contentsOf: bytes)
  }

  public mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { append($0) }
  }

  /// Says that the line fell silent: what is not complete is damage, or text.
  public mutating func giveUp() { giveUpEnd = buffer.count }

  /// The next thing on the line; nil when it takes more bytes.
  public mutating func next() -> Output? {
    while true {
      if head == buffer.count {
        buffer.removeAll(keepingCapacity: buffer.capacity <= 65_536)
        head = 0
        skipEnd = 0
        giveUpEnd = 0
        awaitedSize = 0
        return nil
      }
      let (stop, candidate) = buffer.withUnsafeBytes { scan($0) }
      let textStart = max(head, skipEnd)
      let text = textStart < stop ? Array(buffer[textStart..<stop]) : []
      head = stop
      if !text.isEmpty { return .console(text) }
      guard let candidate else {
        if head == buffer.count { continue }
        awaitedSize = Limits.headerSize
        return nil
      }
      switch take(candidate) {
      case .output(let output): return output
      case .nothing: continue
      case .wait:
        awaitedSize = candidate.frameSize
        return nil
      }
    }
  }

  /// Where the text at `head` stops, and the header that stands there, if it is whole.
  private func scan(_ bytes: UnsafeRawBufferPointer) -> (stop: Int, header: FrameHeader?) {
    var index = head
    while index < bytes.count {
      if bytes[index] != FrameHeader.start {
        index += 1
        continue
      }
      switch FrameHeader.read(bytes, at: index) {
      case .header(let header): return (index, header)
      case .text(let count): index += count
      case .undecided:
        if index >= giveUpEnd { return (index, nil) }
        index = bytes.count
      }
    }
    return (index, nil)
  }

  private enum Taken {
    case output(Output)
    case nothing
    case wait
  }

  /// Takes the frame whose header is at `head`.
  private mutating func take(_ header: FrameHeader) -> Taken {
    let inside = head < skipEnd
    let frameEnd = head + header.frameSize
    if header.kind.isHeaderOnly {
      defer { head = frameEnd }
      if inside && frameEnd <= skipEnd { return .nothing }
      guard let session, header.hasGuards(of: session.key) else {
        return inside ? .nothing : .output(.damaged)
      }
      return .output(.frame(header.frame(body: [])))
    }
    if inside && header.kind.isUnseeded {
      head += 1
      return .nothing
    }
    if frameEnd > buffer.count && head >= giveUpEnd { return .wait }
    if frameEnd <= buffer.count, let body = checkedBody(header) {
      head = frameEnd
      check = header.check
      return .output(.frame(header.frame(body: body)))
    }
    head += 1
    skipEnd = max(skipEnd, min(frameEnd, buffer.count))
    return inside ? .nothing : .output(.damaged)
  }

  /// The body of the complete frame at `head`; nil when its check is another.
  private func checkedBody(_ header: FrameHeader) -> [UInt8]? {
    let bodyCount = header.length - header.check.size
    guard bodyCount >= 0, !header.escaped else { return nil }
    let key: SessionKey
    if header.kind.isUnseeded {
      key = .none
    } else if let session, session.check == header.check {
      key = session.key
    } else {
      return nil
    }
    return buffer.withUnsafeBytes { bytes in
      let bodyStart = head + Limits.headerSize
      let first = UnsafeRawBufferPointer(rebasing: bytes[head..<head + 5])
      let body = UnsafeRawBufferPointer(rebasing: bytes[bodyStart..<bodyStart + bodyCount])
      let checkAt = bodyStart + bodyCount
      switch header.check {
      case .crc32:
        let value = Checksum.crc32(body, from: Checksum.crc32(first, from: key.crcSeed))
        let stored = UInt32(
          littleEndian: bytes.loadUnaligned(fromByteOffset: checkAt, as: UInt32.self))
        return value == stored ? Array(body) : nil
      case .fletcher16:
        let sums = Checksum.fletcher16(
          body, from: Checksum.fletcher16(first, from: key.fletcherSeed))
        return sums.a == bytes[checkAt] && sums.b == bytes[checkAt + 1] ? Array(body) : nil
      }
    }
  }
}

extension FrameHeader {
  fileprivate func frame(body: [UInt8]) -> Frame {
    Frame(
      kind: kind, end: end, part: part, stream: stream, sequence: sequence,
      acknowledgement: acknowledgement, body: body)
  }
}
