/// Takes a body apart that a handler has cut into chunks itself (RFC 9112, 7.1).
struct ChunkedBody {
  /// What comes next.
  private enum State {
    /// Digits of a chunk's size; so many came.
    case size(Int, digits: Int)
    /// The rest of the line with the size.
    case sizeEnd(Int)
    /// Bytes of the chunk.
    case data(left: Int)
    /// The line's end behind them.
    case dataEnd
    /// A line behind the last chunk; so many characters of it came.
    case trailer(Int)
    case end
  }

  /// It is cut otherwise than RFC 9112 says.
  struct Malformed: Error {}

  private var state = State.size(0, digits: 0)

  /// Whether all of the body came.
  var isComplete: Bool { if case .end = state { true } else { false } }

  /// Takes the next bytes; returns what of them is content. What is behind the end is dropped.
  mutating func decode(_ bytes: ArraySlice<UInt8>) throws(Malformed) -> ArraySlice<UInt8> {
    var content: ArraySlice<UInt8> = []
    var rest = bytes
    while let byte = rest.first {
      if case .data(let left) = state {
        let piece = rest.prefix(left)
        content += piece
        rest = rest.dropFirst(piece.count)
        state = piece.count == left ? .dataEnd : .data(left: left - piece.count)
      } else {
        state = try Self.state(behind: byte, in: state)
        rest = rest.dropFirst()
      }
    }
    return content
  }

  private static func state(behind byte: UInt8, in state: State) throws(Malformed) -> State {
    let isLineEnd = byte == 0x0A
    switch state {
    case .size(let size, let digits):
      if let value = Character(Unicode.Scalar(byte)).hexDigitValue, digits < 8 {
        return .size(size << 4 | value, digits: digits + 1)
      }
      guard digits > 0, byte <= 0x20 || byte == UInt8(ascii: ";") else { throw Malformed() }
      return isLineEnd ? behindSize(size) : .sizeEnd(size)
    case .sizeEnd(let size): return isLineEnd ? behindSize(size) : state
    case .dataEnd:
      guard isLineEnd || byte == 0x0D else { throw Malformed() }
      return isLineEnd ? .size(0, digits: 0) : state
    case .trailer(let count):
      if isLineEnd { return count == 0 ? .end : .trailer(0) }
      return byte == 0x0D ? state : .trailer(count + 1)
    case .data, .end: return state
    }
  }

  private static func behindSize(_ size: Int) -> State {
    size == 0 ? .trailer(0) : .data(left: size)
  }
}
