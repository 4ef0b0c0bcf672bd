/// Which header fields of a request travel to a board.
///
/// A browser's are 600 bytes, 50 ms of a line at 115,200 baud, and handlers use few of them.
public struct ForwardedFields: Sendable {
  private let names: Set<String>
  private let takesAll: Bool
  private let takesHost: Bool

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
    takesHost = takesAll || names.contains("host")
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
  ///
  /// Of one that comes several times the values are joined (RFC 9110, 5.3), for handlers get a dict.
  func select(
    from fields: some Sequence<(name: String, value: String)>
  ) -> [(name: String, value: String)] {
    var selected: [(name: String, value: String)] = []
    var places: [String: Int] = [:]
    for field in fields {
      let name = field.name.lowercased()
      guard travels(name, field.value) else { continue }
      if let place = places[name] {
        selected[place].value += (name == "cookie" ? "; " : ", ") + field.value
      } else {
        places[name] = selected.count
        selected.append(field)
      }
    }
    return selected
  }

  /// The fields that a Connection field declares to concern this connection only.
  static func named(in connection: String) -> [String] {
    connection.split(separator: ",").map { $0.filter { !$0.isWhitespace }.lowercased() }
  }

  /// - Parameter name: in small letters.
  private func travels(_ name: String, _ value: String) -> Bool {
    if name == "host" { return takesHost }
    // Says nothing, and half of all clients send it.
    if name == "accept" && value == "*/*" && !takesAll { return false }
    if takesAll { return !Self.hopByHop.contains(name) && name != "expect" }
    return names.contains(name) || name.hasPrefix("x-")
  }
}
