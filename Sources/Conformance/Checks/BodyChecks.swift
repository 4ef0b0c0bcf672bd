import APIClient

/// Bodies both ways, unharmed by what the line does to bytes.
enum BodyChecks {
  static let all = [
    Check(name: "echo-sizes", title: "bodies of all sizes come back", needs: "echo") { subject in
      // Around the limits at which a body is cut into frames.
      let frame = subject.limits.largestFrame
      let sizes: Set = [
        0, 1, 2, frame - 1, frame, frame + 1, 2 * frame, subject.limits.window + 1, 8 * frame,
      ]
      for size in sizes.sorted() {
        try await echo(subject, (0..<size).map { UInt8(truncatingIfNeeded: $0 % 251) })
      }
    },
    Check(name: "echo-all-bytes", title: "a body of all byte values comes back", needs: "echo") {
      subject in
      try await echo(subject, Array(0...255) + Array((0...255).reversed()))
    },
    Check(
      name: "echo-control-bytes", title: "bytes that a line may act on come back", needs: "echo"
    ) { subject in
      // An interrupt, the link's escape and start, and the REPL's end of input.
      for byte: UInt8 in [0x03, 0x10, 0x1E, 0x04] {
        try await echo(subject, Array(repeating: byte, count: 100))
      }
      // An interrupt that is escaped looks like these.
      try await echo(subject, [0x10, 0x43, 0x10, 0x50, 0x10, 0x10, 0x03, 0x43, 0x1E, 0x03])
    },
  ]

  private static func echo(_ subject: Subject, _ body: [UInt8]) async throws {
    let fields = [("Content-Type", "application/octet-stream")]
    let response = try await subject.request("POST", "/echo", fields: fields, body: body)
    try expect("body", try Subject.body(of: response, "POST /echo"), body)
  }
}
