private import Synchronization

/// Something that happened, at a time, to a board or to the gateway itself.
///
/// It is an object so that all subscribers share it, and the texts that are made of it once.
public final class Event: Sendable {
  /// Its place among the gateway's events.
  public let id: EventID
  /// Milliseconds since 1970, UTC.
  public let time: Int64
  /// The board's name; nil for the gateway itself.
  public let board: String?
  /// What happened. Texts beyond 8 KiB, and names beyond 1 KiB, are cut and marked.
  public let kind: EventKind

  private let encoded = Mutex<Encoded?>(nil)

  private struct Encoded {
    let message: [UInt8]
    let json: Range<Int>
  }

  /// - Parameter kind: cut where it is too long.
  public init(id: EventID, time: Int64, board: String?, kind: EventKind) {
    self.id = id
    self.time = time
    self.board = board
    self.kind = kind.bounded
  }

  /// The type, without what belongs to it.
  public var type: EventType { kind.type }

  /// One JSON object in UTF-8, its keys sorted; made when it is first asked for.
  public var json: ArraySlice<UInt8> {
    let encoded = encode()
    return encoded.message[encoded.json]
  }

  /// The event as a Server-Sent Event: `id`, `event`, `data` and the blank line, in UTF-8.
  ///
  /// Made when it is first asked for.
  public var serverSentEvent: [UInt8] { encode().message }

  /// Bytes to count for it: the object, its texts, and about as much again for what is made of it.
  var cost: Int { 256 + 2 * (kind.byteCount + (board?.utf8.count ?? 0)) }

  private func encode() -> Encoded {
    // Whoever comes second waits these few microseconds rather than do the same work again.
    encoded.withLock { encoded in
      if let encoded { return encoded }
      var message = Array("id: \(id)\nevent: \(type.rawValue)\ndata: ".utf8)
      let start = message.count
      EventJSON.write(self, to: &message)
      let made = Encoded(message: message + [0x0A, 0x0A], json: start..<message.count)
      encoded = made
      return made
    }
  }
}
