/// One thing that a board should do.
struct Check: Sendable {
  /// For programs, such as `echo-all-bytes`; never changes.
  let name: String
  /// What a board does that passes.
  let title: String
  /// The word by which the application offers what is tested; nil where all offer it.
  var needs: String?
  /// - Throws: ``Unlike`` when the board does something else; ``Inability``; `APIError`.
  let run: @Sendable (Subject) async throws -> Void
}

/// Checks of one matter.
struct CheckGroup: Sendable {
  let name: String
  let checks: [Check]
}

/// The board did something else than it should.
struct Unlike: Error {
  let expected: String
  let got: String
}

/// The board says that it has not got what is tested.
struct Inability: Error {
  let reason: String
}

/// Fails the check unless a value is the one expected.
func expect<Value: Equatable>(
  _ what: String, _ got: Value, _ expected: Value
) throws(Unlike) {
  guard got != expected else { return }
  throw Unlike(expected: "\(what) \(shown(expected))", got: shown(got))
}

/// Fails the check unless bytes are the ones expected; says where they differ.
func expect(_ what: String, _ got: [UInt8], _ expected: [UInt8]) throws(Unlike) {
  guard got != expected else { return }
  let place = zip(got, expected).enumerated().first { $1.0 != $1.1 }
  let difference =
    place.map { index, bytes in
      "byte \(index) is \(hexadecimal(bytes.0)), not \(hexadecimal(bytes.1))"
    } ?? "else alike"
  throw Unlike(
    expected: "\(what) of \(expected.count) bytes",
    got:
      "\(got.count) bytes, \(difference), beginning \(shown(String(decoding: got.prefix(60), as: UTF8.self)))"
  )
}

private func hexadecimal(_ byte: UInt8) -> String { "0x" + String(byte, radix: 16) }

/// A value for people, in quotes if it is a text, and not too long.
private func shown<Value>(_ value: Value) -> String {
  guard let text = value as? String else { return "\(value)" }
  let short = text.count > 200 ? text.prefix(200) + "…" : text[...]
  return "\"" + short.replacing("\n", with: "\\n") + "\""
}
