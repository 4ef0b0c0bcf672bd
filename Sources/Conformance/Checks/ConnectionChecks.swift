import APIClient

/// Many requests, one after another and at once, and clients that go.
enum ConnectionChecks {
  static let all = [
    Check(name: "keep-alive", title: "a connection carries one request after another") { subject in
      var connection = try await subject.client.connect()
      for number in 0..<5 {
        let target = subject.target("/seen?a=\(number)")
        connection.send("GET", target)
        try expectSeen(try await connection.response(), "\(number)")
        guard subject.offers.contains("head") else { continue }
        connection.send("HEAD", target)
        try expect("body of HEAD", try await connection.response().body.count, 0)
      }
    },
    Check(name: "in-flight", title: "20 requests at once get their own answers") { subject in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<20 {
          group.addTask { try expectSeen(try await subject.get("/seen?a=\(number)"), "\(number)") }
        }
        try await group.waitForAll()
      }
    },
    Check(
      name: "concurrent", title: "others are answered while a handler streams", needs: "concurrent"
    ) { subject in
      guard subject.limits.streams > 1 else { throw Inability(reason: "it has one stream") }
      var stream = try await subject.client.connect()
      stream.send("GET", subject.target("/pieces?a=-1"))
      try expect("status", try await stream.head().status, 200)
      _ = try await stream.piece()
      try expectSeen(try await subject.get("/seen?a=other"), "other")
      guard try await stream.piece() != nil else {
        throw Unlike(expected: "a stream that goes on meanwhile", got: "its end")
      }
    },
    Check(
      name: "client-leaves", title: "the board serves on when a client goes", needs: "pieces"
    ) { subject in
      // Begins to read a response that never ends, and goes.
      do {
        var connection = try await subject.client.connect()
        connection.send("GET", subject.target("/pieces?a=-1"))
        try expect("status", try await connection.head().status, 200)
        _ = try await connection.piece()
      }
      try await subject.expectService(after: "one whose client left")
    },
  ]

  private static func expectSeen(_ response: ClientResponse, _ parameter: String) throws {
    let body = try Subject.body(of: response, "GET /seen?a=\(parameter)")
    try expect("parameter a", Seen(body)?.parameter ?? "none", parameter)
  }
}
