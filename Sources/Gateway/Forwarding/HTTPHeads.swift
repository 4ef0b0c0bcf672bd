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

extension HTTPVersion {
  /// Whether a body may come in chunks (RFC 9112, 7.1), and a connection stays unless told.
  var hasChunks: Bool { major > 1 || (major == 1 && minor >= 1) }
}
