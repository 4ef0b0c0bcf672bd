import APIClient

/// Responses that are longer than a frame, or than the board's memory.
enum ResponseChecks {
  static let all = [
    Check(name: "pieces", title: "20 KB in pieces arrive whole", needs: "pieces") { subject in
      try expect("body", try await subject.body("/pieces?a=2560"), lines(2560))
    },
    Check(name: "file", title: "a file arrives whole", needs: "file") { subject in
      try expect("body", try await subject.body("/file"), lines(512))
    },
    Check(name: "streaming", title: "what is written arrives before the end", needs: "events") {
      subject in
      var connection = try await subject.client.connect()
      connection.send("GET", subject.target("/events"))
      try expect("status", try await connection.head().status, 200)
      var first: ContinuousClock.Instant?
      while try await connection.piece() != nil { first = first ?? .now }
      let spread = first.map { .now - $0 } ?? .zero
      // Its five events take 600 ms, and the smallest boards hold the first back for a while.
      guard spread > .milliseconds(250) else {
        throw Unlike(
          expected: "the first of five events more than 250 ms before the end",
          got: "\(Int(spread / .milliseconds(1))) ms")
      }
    },
  ]

  /// What `/pieces` and `/file` send.
  private static func lines(_ count: Int) -> [UInt8] {
    (0..<count).flatMap { number in
      let digits = String(number)
      return Array((String(repeating: "0", count: 7 - digits.count) + digits + "\n").utf8)
    }
  }
}
