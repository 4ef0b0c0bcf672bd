/// One message of a `text/event-stream` (HTML Living Standard, 9.2).
public struct ServerSentEvent: Sendable, Hashable {
  /// The `event` field; `message` where it has none.
  public var type: String
  /// The `data` fields, with line feeds between them.
  public var data: String

  public init(type: String, data: String) {
    self.type = type
    self.data = data
  }
}
