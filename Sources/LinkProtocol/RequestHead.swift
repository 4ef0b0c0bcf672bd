/// A request as it travels to a board (spec, "Streams").
public struct RequestHead: Sendable, Equatable {
  public var method: String
  /// Path and query, as the handler is to see them.
  public var target: String
  /// The client's address; nil for a client on the gateway's own machine.
  public var client: String?
  /// Header fields in order, names with the capitals that the client sent.
  public var fields: [(name: String, value: String)]

  public init(
    method: String, target: String, client: String? = nil,
    fields: [(name: String, value: String)] = []
  ) {
    self.method = method
    self.target = target
    self.client = client
    self.fields = fields
  }

  public static func == (left: Self, right: Self) -> Bool { left.encoded() == right.encoded() }

  /// The head's text, without an empty line behind it.
  ///
  /// - Returns: nil when a part holds a byte that would end it: a space in method, target or
  ///   client, a line feed, or a control character anywhere.
  public func encoded() -> [UInt8]? {
    var text: [UInt8] = []
    text.reserveCapacity(16 + target.utf8.count)
    guard Self.append(method, to: &text, spaces: false) else { return nil }
    text.append(0x20)
    guard Self.append(target, to: &text, spaces: false) else { return nil }
    if let client {
      text.append(0x20)
      guard Self.append(client, to: &text, spaces: false) else { return nil }
    }
    for field in fields {
      text.append(0x0A)
      guard Self.append(field.name, to: &text, spaces: false) else { return nil }
      text.append(0x3A)
      text.append(0x20)
      guard Self.append(field.value, to: &text, spaces: true) else { return nil }
    }
    return text
  }

  private static func append(_ part: String, to text: inout [UInt8], spaces: Bool) -> Bool {
    let least: UInt8 = spaces ? 0x20 : 0x21
    for byte in part.utf8 {
      guard byte >= least || (spaces && byte == 0x09), byte != 0x7F else { return false }
      text.append(byte)
    }
    return spaces || !part.isEmpty
  }
}
