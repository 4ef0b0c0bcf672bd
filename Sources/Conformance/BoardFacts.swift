/// What the gateway knows of a board; the members are among those of `GET /api/v1/boards/{name}`.
struct BoardFacts: Decodable, Sendable {
  let state: String
  let reason: String?
  /// Nil unless the board serves.
  let firmware: Firmware?
  let limits: ConformanceReport.Limits?

  struct Firmware: Decodable, Sendable {
    let implementation: String
    let machine: String
    let package: String
    let bootID: String
  }
}

/// What the conformance application says of itself: `GET /conformance`.
struct Offer: Sendable {
  /// The application's version that this suite tests.
  static let version = "1"

  /// What it offers, one word each.
  let words: Set<String>
  /// Bytes of heap that are free on the board, where it says.
  let freeHeap: Int?

  /// Nil when this is no conformance application, or one of another version.
  init?(_ text: String) {
    let found = text.split(whereSeparator: \.isWhitespace)
    guard found.count >= 2, found[0] == "conformance", found[1] == Self.version else { return nil }
    words = Set(found.dropFirst(2).filter { !$0.contains("=") }.map(String.init))
    freeHeap =
      found.lazy.compactMap { word in
        word.hasPrefix("free=") ? Int(word.dropFirst("free=".count)) : nil
      }.first
  }
}
