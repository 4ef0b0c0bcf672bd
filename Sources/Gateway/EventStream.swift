import Boards
import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import NIOCore

/// A board's events as Server-Sent Events: `event:` is the kind, `data:` one JSON object.
struct EventStream {
  let board: Board
  let client: Client

  static var head: HTTPResponse {
    var head = HTTPResponse(status: .ok)
    head.headerFields[.contentType] = "text/event-stream"
    head.headerFields[.cacheControl] = "no-cache"
    return head
  }

  /// Sends events until the client or the board's supervisor goes.
  func send(to writer: inout some ResponseBodyWriter) async throws {
    let subscription = await board.events()
    client.onGone { subscription.cancel() }
    defer {
      client.onGone(nil)
      subscription.cancel()
    }
    try await writer.write(ByteBuffer(string: ": events of \(board.name)\n\n"))
    for await event in subscription.events {
      try await writer.write(text(event))
    }
  }

  /// What an event is on the wire.
  private func text(_ event: BoardEvent) -> ByteBuffer {
    var message = Message(board: board.name)
    let kind: String
    switch event {
    case .heartbeat: return ByteBuffer(string: ": still here\n\n")
    case .emitted(let name, let data):
      kind = "emit"
      message.name = name
      message.data = String(decoding: data, as: UTF8.self)
    case .console(let line):
      kind = "console"
      message.line = line
    case .state(let state):
      kind = "state"
      message.state = state.name
      message.reason = state.reason
    case .exception(let traceback):
      kind = "exception"
      message.traceback = traceback
    case .missed(let count):
      kind = "missed"
      message.count = count
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var buffer = ByteBuffer(string: "event: \(kind)\ndata: ")
    if let data = try? encoder.encode(message) { buffer.writeBytes(data) }
    buffer.writeString("\n\n")
    return buffer
  }

  private struct Message: Encodable {
    let board: String
    var name: String?
    var data: String?
    var line: String?
    var state: String?
    var reason: String?
    var traceback: String?
    var count: Int?
  }
}
