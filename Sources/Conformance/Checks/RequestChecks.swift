import APIClient

/// What a handler sees of a request.
enum RequestChecks {
  static let all = [
    Check(name: "query", title: "a handler sees method, path and query", needs: "query") {
      subject in
      let seen = try await ask(subject, "/seen?a=1&b=two%20words&c")
      try expect("method", seen.method, "GET")
      try expect("path", seen.path, "/seen")
      try expect("query", seen.query, "a=1&b=two%20words&c")
    },
    Check(name: "parameters", title: "a handler sees parameters", needs: "parameters") { subject in
      let seen = try await ask(subject, "/seen?b=2&a=one&c=3")
      try expect("parameter a", seen.parameter, "one")
      try expect("no parameter a", try await ask(subject, "/seen?b=2").parameter, "")
    },
    Check(name: "header", title: "header fields reach the handler", needs: "header") { subject in
      let seen = try await ask(subject, "/seen", fields: [("X-Conform", "a: b; \"c\"")])
      try expect("field X-Conform", seen.field, "a: b; \"c\"")
    },
    Check(name: "not-found", title: "a path without a handler is 404") { subject in
      let response = try await subject.get("/conformance/nothing")
      guard response.status == 404, Problem(response) == nil else {
        throw Unlike(expected: "the board's own 404", got: Subject.summary(response))
      }
    },
    Check(name: "head", title: "HEAD gives the head alone", needs: "head") { subject in
      let response = try await subject.request("HEAD", "/seen")
      try expect("body", try Subject.body(of: response, "HEAD /seen").count, 0)
    },
    Check(
      name: "long-head", title: "a request head of nearly the largest size is taken",
      needs: "header"
    ) { subject in
      let value = String(repeating: "h", count: max(1, subject.limits.largestHead - room))
      let seen = try await ask(subject, "/seen", fields: [("X-Conform", value)])
      try expect("field X-Conform", seen.field, value)
    },
    Check(name: "too-long-head", title: "a request head beyond the largest size is 431") {
      subject in
      guard subject.limits.largestHead < gatewayLimit else {
        throw Inability(reason: "it takes heads as long as the gateway does")
      }
      // Each field is short enough for the gateway.
      let value = String(repeating: "h", count: 4096)
      let fields = (0...subject.limits.largestHead / value.count).map { ("X-Long-\($0)", value) }
      let response = try await subject.get("/seen", fields: fields)
      guard response.status == 431, Problem(response)?.kind == "head-too-large" else {
        throw Unlike(expected: "431, head-too-large", got: Subject.summary(response))
      }
    },
  ]

  /// Bytes of a head that are not the field's value: the request line, names, a client's address.
  private static let room = 100
  /// Longest head for which there is one that the gateway takes and the board does not.
  private static let gatewayLimit = 48 << 10

  private static func ask(
    _ subject: Subject, _ path: String, fields: [(String, String)] = []
  ) async throws -> Seen {
    let body = try await subject.body(path, fields: fields)
    guard let seen = Seen(body) else {
      throw Unlike(
        expected: "five lines from GET \(path)",
        got: String(decoding: body.prefix(200), as: UTF8.self))
    }
    return seen
  }
}
