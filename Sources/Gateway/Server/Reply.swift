import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import NIOCore

/// A whole response of the gateway's own.
struct Reply {
  var head: HTTPResponse
  var body: ByteBuffer

  init(status: HTTPResponse.Status, contentType: String? = nil, body: ByteBuffer = ByteBuffer()) {
    head = HTTPResponse(status: status)
    head.headerFields[.contentType] = contentType
    head.headerFields[.contentLength] = String(body.readableBytes)
    self.body = body
  }

  /// A value as JSON, members sorted by name.
  static func json(
    _ value: some Encodable, status: HTTPResponse.Status = .ok,
    contentType: String = "application/json"
  ) -> Reply {
    Reply(
      status: status, contentType: contentType, body: ByteBuffer(bytes: json(of: value) + [0x0A]))
  }

  /// JSON on one line, members sorted by name.
  static func json(of value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Nothing that is sent has a number that JSON cannot hold, which alone would fail.
    return (try? encoder.encode(value)).map(Array.init) ?? Array("null".utf8)
  }

  /// To a HEAD of events, whose length is not known.
  static var headOfEvents: Reply {
    var reply = Reply(status: .ok, contentType: "text/event-stream")
    reply.head.headerFields[.contentLength] = nil
    return reply
  }

  /// It was begun, and goes on by itself.
  static var accepted: Reply { json([String: String](), status: .accepted) }

  static func problem(_ problem: Problem) -> Reply {
    var reply = json(
      problem, status: HTTPResponse.Status(code: problem.status),
      contentType: "application/problem+json")
    reply.head.headerFields[.retryAfter] = problem.retryAfter.map(String.init)
    if !problem.allowed.isEmpty {
      reply.head.headerFields[.allow] = problem.allowed.joined(separator: ", ")
    }
    return reply
  }
}
