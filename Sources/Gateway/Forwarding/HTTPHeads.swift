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
  /// Makes path and Host field of a target with a scheme and a host, which goes before the field
  /// that came (RFC 9112, 3.2.2).
  mutating func makeOriginForm() {
    // A head with a fault keeps it, to be refused in its turn.
    guard let scheme = uri.firstRange(of: "://"), fault == nil,
      ["http", "https"].contains(uri[..<scheme.lowerBound].lowercased())
    else { return }
    let rest = uri[scheme.upperBound...]
    let host = rest.prefix { $0 != "/" && $0 != "?" }
    let target = rest[host.endIndex...]
    headers.replaceOrAdd(name: "Host", value: String(host))
    uri = target.hasPrefix("/") ? String(target) : "/" + target
  }

  /// Why the request is none that can be answered; nil when it can.
  var fault: Problem? {
    var hosts = 0
    for (name, value) in headers {
      switch name.utf8.count {
      case 4 where name.lowercased() == "host":
        hosts += 1
      case 17 where name.lowercased() == "transfer-encoding" && value.lowercased() != "chunked":
        // A body that the gateway could not take apart (RFC 9112, 6.1).
        return .malformedRequest("It has a transfer coding other than chunked", status: 501)
      default: break
      }
    }
    // All but those of HTTP/1.0 say what host they are for, once (RFC 9112, 3.2).
    return hosts == 1 || (hosts == 0 && !version.hasChunks)
      ? nil : .malformedRequest("It has no Host field, or several")
  }

  /// Whether the client waits with the body until it is asked for it (RFC 9110, 10.1.1).
  var expectsContinue: Bool {
    version.hasChunks && headers.first(name: "Expect")?.lowercased() == "100-continue"
  }

  /// What the Connection fields list, in small letters.
  private var connectionOptions: [String] {
    // The parser takes the one for the other, which some old clients send.
    (headers["Connection"] + headers["Proxy-Connection"]).flatMap(ForwardedFields.named(in:))
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
