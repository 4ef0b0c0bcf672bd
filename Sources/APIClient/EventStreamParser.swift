/// Finds the messages in the bytes of a `text/event-stream`, whole or in any pieces.
///
/// A message beyond the limit is left out and counted, so that it costs itself and neither memory
/// nor the stream.
struct EventStreamParser: Sendable {
  /// What was found.
  enum Item: Equatable {
    case message(ServerSentEvent)
    /// A message was too long, and left out.
    case skipped
  }

  /// Most bytes of a message, its field names among them.
  let limit: Int
  /// The `id` of the last message that had one: what a client that comes again begins after.
  private(set) var lastID: String?

  /// The bytes of the line that has begun.
  private var line: [UInt8] = []
  /// The line has bytes, though they may be too many to keep.
  private var lineHasBytes = false
  /// The bytes of the message that has begun, without this line.
  private var size = 0
  private var isTooLong = false
  private var type = ""
  private var data: [String] = []
  private var id: String?
  /// The last byte was a carriage return, whose line feed may follow.
  private var endsInReturn = false
  private var isFirstLine = true

  init(lastID: String? = nil, limit: Int = 1 << 20) {
    self.lastID = lastID
    self.limit = limit
  }

  mutating func parse(_ bytes: some Sequence<UInt8>) -> [Item] {
    var items: [Item] = []
    for byte in bytes {
      let followsReturn = endsInReturn
      endsInReturn = byte == 0x0D
      switch byte {
      case 0x0A where followsReturn: break
      case 0x0A, 0x0D: endLine(&items)
      default:
        lineHasBytes = true
        if size + line.count < limit { line.append(byte) } else { isTooLong = true }
      }
    }
    return items
  }

  private mutating func endLine(_ items: inout [Item]) {
    defer { line.removeAll(keepingCapacity: true) }
    if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
    isFirstLine = false
    if line.isEmpty, !lineHasBytes { return endMessage(&items) }
    lineHasBytes = false
    size += line.count
    guard !isTooLong else { return }
    let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
    var value = line[colon...].dropFirst()
    if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
    let text = String(decoding: value, as: UTF8.self)
    switch String(decoding: line[..<colon], as: UTF8.self) {
    case "event": type = text
    case "data": data.append(text)
    case "id" where !value.contains(0): id = text
    default: break
    }
  }

  private mutating func endMessage(_ items: inout [Item]) {
    if let id { lastID = id }
    if isTooLong {
      items.append(.skipped)
    } else if !data.isEmpty {
      items.append(
        .message(
          ServerSentEvent(
            type: type.isEmpty ? "message" : type, data: data.joined(separator: "\n"))))
    }
    type = ""
    data = []
    id = nil
    size = 0
    isTooLong = false
  }
}
