/// What a tool writes, in the pieces that its reader wants.
struct ToolInput {
  let session: REPLSession
  /// How long the tool may go without writing anything.
  var pause: Duration = .seconds(10)
  /// The tool has ended, by itself or by an exception.
  private(set) var hasEnded = false
  private var unread: ArraySlice<UInt8> = []

  init(session: REPLSession) { self.session = session }

  mutating func byte() async throws(ManagingError) -> UInt8 {
    try await fill()
    return unread.removeFirst()
  }

  /// Waits until there is something to read.
  private mutating func fill() async throws(ManagingError) {
    while unread.isEmpty {
      switch try await session.next(limit: pause) {
      case .bytes(let bytes): unread = bytes[...]
      case .ended(let traceback):
        hasEnded = true
        guard traceback.isEmpty else { throw ManagingError(.raised(traceback)) }
        throw ManagingError(.unintelligible(asked: "for more", answer: "the tool has ended"))
      }
    }
  }

  /// The text up to the end of the line, without it.
  mutating func line() async throws(ManagingError) -> String {
    var line: [UInt8] = []
    while true {
      let byte = try await byte()
      if byte == 0x0A { break }
      line.append(byte)
      guard line.count <= 200 else {
        throw ManagingError(
          .unintelligible(asked: "for a line", answer: String(decoding: line, as: UTF8.self)))
      }
    }
    return String(decoding: line, as: UTF8.self).filter { !$0.isNewline }
  }

  /// At least one byte of a file, none when the line has damaged it: `10 50` and `10 44` stand for 10 and 04.
  mutating func unescaped(atMost count: Int) async throws(ManagingError) -> [UInt8] {
    try await fill()
    guard unread.first == 0x10 else {
      let plain = unread.prefix(count).prefix { $0 != 0x10 }
      unread.removeFirst(plain.count)
      return Array(plain)
    }
    _ = try await byte()
    switch try await byte() {
    case 0x50: return [0x10]
    case 0x44: return [0x04]
    default: return []
    }
  }

  /// The text up to the tool's end.
  mutating func rest() async throws(ManagingError) -> String {
    while true {
      switch try await session.next(limit: pause) {
      case .bytes(let bytes):
        unread += bytes
        guard unread.count <= 1 << 16 else {
          throw ManagingError(.outputTooLong(limit: 1 << 16))
        }
      case .ended(let traceback):
        hasEnded = true
        guard traceback.isEmpty else { throw ManagingError(.raised(traceback)) }
        defer { unread = [] }
        return String(decoding: unread, as: UTF8.self)
      }
    }
  }
}
