import HTTPTypes
import LinkProtocol
import NIOHTTP1

/// A board's response head as the lane sends it.
extension HTTPResponseHead {
  init(_ head: ResponseHead) {
    self.init(
      version: .http1_1, status: HTTPResponseStatus(statusCode: head.status),
      headers: HTTPHeaders(head.fields.map { ($0.name, $0.value) }))
  }
}

/// The same as Hummingbird sends it.
extension HTTPResponse {
  init(_ head: ResponseHead) {
    self.init(status: Status(code: head.status))
    for field in head.fields {
      // The link lets tokens through only.
      guard let name = HTTPField.Name(field.name) else { continue }
      headerFields.append(HTTPField(name: name, value: field.value))
    }
  }
}

extension HTTPRequestHead {
  /// What the Connection fields list, in small letters.
  private var connectionOptions: [String] {
    headers["Connection"].flatMap(ForwardedFields.named(in:))
  }

  /// Whether the response to this request is the connection's last.
  var isLast: Bool {
    // To an upgrade, which nobody here takes up, too: the parser leaves all behind it to others.
    !version.hasChunks || method == .CONNECT
      || connectionOptions.contains { $0 == "close" || $0 == "upgrade" }
  }

  /// Drops what a Connection field declares to concern this connection only.
  mutating func dropFieldsOfTheConnection() {
    // What decides where the request goes and where it ends is not for clients to take away.
    let kept = ["connection", "host", "origin", "content-length", "transfer-encoding", "expect"]
    for name in connectionOptions where !kept.contains(name) { headers.remove(name: name) }
  }
}

extension HTTPRequest {
  /// All fields, the one of the host first, with the capitals that the client sent.
  var fields: [(name: String, value: String)] {
    let host = authority.map { [(name: "Host", value: $0)] } ?? []
    return host + headerFields.map { ($0.name.rawName, $0.value) }
  }
}

extension HTTPVersion {
  /// Whether a body may come in chunks (RFC 9112, 7.1), and a connection stays unless told.
  var hasChunks: Bool { major > 1 || (major == 1 && minor >= 1) }
}
