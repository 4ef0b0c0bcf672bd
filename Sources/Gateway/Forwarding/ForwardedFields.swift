import HTTPTypes

/// Which header fields of a request travel to a board.
///
/// A browser's are 600 bytes, 50 ms of a line at 115,200 baud, and handlers use few of them.
public struct ForwardedFields: Sendable {
  private let names: Set<String>
  private let takesAll: Bool

  /// What handlers use; names that begin with `X-` come on top.
  public static let usual = ForwardedFields(names: [
    "accept", "authorization", "content-length", "content-type", "cookie", "if-match",
    "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "last-event-id",
    "range",
  ])

  /// All but those that concern one connection only.
  public static let all = ForwardedFields(names: [], takesAll: true)

  private init(names: Set<String>, takesAll: Bool = false) {
    self.names = names
    self.takesAll = takesAll
  }

  /// - Parameter list: names parted by commas, added to the usual ones; `all` is possible.
  public init(list: String) {
    let names = list.split(separator: ",").map {
      $0.filter { !$0.isWhitespace }.lowercased()
    }
    self = names.contains("all") ? .all : Self(names: Self.usual.names.union(names))
  }

  /// Fields that end at the gateway, both ways (RFC 9110, 7.6.1, and those of proxies).
  static let hopByHop: Set<String> = [
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
    "te", "trailer", "transfer-encoding", "upgrade",
  ]

  /// The fields that travel, in order, with the capitals that the client sent.
  func select(from fields: HTTPFields) -> [(name: String, value: String)] {
    var selected: [(name: String, value: String)] = []
    let named = Self.named(in: fields)
    for field in fields where travels(field) && !named.contains(field.name.canonicalName) {
      selected.append((field.name.rawName, field.value))
    }
    return selected
  }

  /// The fields that a Connection field declares to concern this connection only.
  static func named(in fields: HTTPFields) -> [String] {
    guard let list = fields[.connection] else { return [] }
    return list.split(separator: ",").map { $0.filter { !$0.isWhitespace }.lowercased() }
  }

  private func travels(_ field: HTTPField) -> Bool {
    let name = field.name.canonicalName
    // Says nothing, and half of all clients send it.
    if name == "accept" && field.value == "*/*" && !takesAll { return false }
    if takesAll { return !Self.hopByHop.contains(name) && name != "expect" }
    return names.contains(name) || name.hasPrefix("x-")
  }
}
