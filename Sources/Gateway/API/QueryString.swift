/// The parameters behind a target's question mark.
struct QueryString {
  /// Most parameters that are looked at.
  static let limit = 64

  private let pairs: [(name: String, value: String)]

  /// - Parameter target: as in the request line.
  init(target: String) {
    guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else {
      pairs = []
      return
    }
    pairs = target[target.utf8.index(after: mark)...].split(separator: "&").prefix(Self.limit).map {
      let parts = $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (Self.decoded(parts[0]), parts.count == 2 ? Self.decoded(parts[1]) : "")
    }
  }

  /// All values of a name, in order.
  subscript(all name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

  /// The first value of a name.
  subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

  /// - Throws: when there is a parameter that is none of those known; such a one is likely misspelt.
  func allow(_ known: [String]) throws(Problem) {
    guard let name = pairs.first(where: { !known.contains($0.name) })?.name else { return }
    let list = known.isEmpty ? "none" : known.map { $0 + "=" }.joined(separator: ", ")
    throw .badQuery(
      "\(name)= is no parameter here; there \(known.count == 1 ? "is" : "are") \(list)")
  }

  /// Whether something is wanted: `name=1`; by default, and with `name=0`, it is not.
  func flag(_ name: String) throws(Problem) -> Bool {
    switch self[name] {
    case nil, "0": false
    case "1": true
    case let text?: throw .badQuery("\(name)=\(text) must be 0 or 1")
    }
  }

  /// `+` is a blank and `%XX` a byte; what is no such thing stays as it is.
  private static func decoded(_ text: Substring) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "%"), index + 2 < bytes.count,
        let value = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
      {
        result.append(value)
        index += 2
      } else {
        result.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
      index += 1
    }
    return String(decoding: result, as: UTF8.self)
  }
}

extension Duration {
  /// Reads `30`, `30s`, `500ms`, `5m` or `1h`; nil for anything else.
  init?(text: String) {
    let number = text.prefix { $0.isNumber }
    guard let value = Int(number), value <= 1_000_000 else { return nil }
    switch text.dropFirst(number.count) {
    case "", "s": self = .seconds(value)
    case "ms": self = .milliseconds(value)
    case "m": self = .seconds(value * 60)
    case "h": self = .seconds(value * 3600)
    default: return nil
    }
  }
}
