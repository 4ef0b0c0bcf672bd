/// Any JSON value, with the types that it was written with: `1` is no `true`, and `"1"` no `1`.
enum JSONValue: Equatable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  /// What it is, for messages.
  var typeName: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .int(let value): "the number \(value)"
    case .double(let value): "the number \(value)"
    case .text(let value): "the text \"\(value.prefix(80))\""
    case .list: "a list"
    case .object: "an object"
    }
  }
}
