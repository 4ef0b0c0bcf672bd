import APIClient

/// What a board tells without being asked, or again and again.
enum EventChecks {
  static let all = [
    Check(name: "event-source", title: "five Server-Sent Events arrive", needs: "events") {
      subject in
      let response = try await subject.get("/events", fields: [("Accept", "text/event-stream")])
      let text = String(decoding: try Subject.body(of: response, "GET /events"), as: UTF8.self)
      try expect("content type", response["Content-Type"] ?? "none", "text/event-stream")
      // The order of an event's fields means nothing.
      let events = text.split(separator: "\n\n").map { event in
        event.split(separator: "\n").sorted().joined(separator: "\n")
      }
      try expect("events", events, (0..<5).map { "data: \($0)\nevent: tick\nid: \($0)" })
    },
    Check(name: "emit", title: "board events reach the gateway's listeners", needs: "emit") {
      subject in
      let token = token()
      try await subject.expectEvent("emit", "event \"conformance\" with data \(token)") {
        _ = try await subject.body("/emit?a=\(token)")
      } isWanted: {
        $0.name == "conformance" && $0.data == token
      }
    },
    Check(name: "print", title: "what is printed reaches the console's followers", needs: "print") {
      subject in
      let token = token()
      try await subject.expectEvent("console", "console line \(token)") {
        _ = try await subject.body("/print?a=\(token)")
      } isWanted: {
        $0.line == token
      }
    },
  ]

  /// A text that no other run uses.
  private static func token() -> String {
    "conform-" + String(UInt32.random(in: .min ... .max), radix: 16)
  }
}
