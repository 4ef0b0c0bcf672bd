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
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {
      return Reply(status: .internalServerError)
    }
    return Reply(
      status: status, contentType: contentType, body: ByteBuffer(bytes: data + [0x0A]))
  }

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
