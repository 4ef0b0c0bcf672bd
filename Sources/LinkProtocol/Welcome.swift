/// Reading of WELCOME: the nonce, then lines `key=value` (spec, "Handshake").
enum Welcome {
  /// The nonce with which a board announces itself; no host draws it.
  static let announcement: [UInt8] = [0x80, 0x80, 0x80, 0x80]

  /// Parts the body into nonce and text.
  ///
  /// - Throws: `WelcomeError.size`.
  static func split(_ body: [UInt8]) throws(WelcomeError) -> (nonce: [UInt8], text: String) {
    guard (4...Limits.welcome).contains(body.count) else { throw .size(body.count) }
    return (Array(body[..<4]), String(decoding: body[4...], as: UTF8.self))
  }

  /// Reads the lines; keys that nobody knows are passed over, of a key given twice the last counts.
  static func identity(_ text: String) throws(WelcomeError) -> BoardIdentity {
    var values: [String: String] = [:]
    for line in text.utf8.split(separator: 0x0A) {
      guard let equals = line.firstIndex(of: 0x3D) else { continue }
      values[String(Substring(line[..<equals]))] =
        String(Substring(line[line.index(after: equals)...]))
    }
    let version = UInt8(try number("v", in: values, 1...127))
    guard version == Limits.version else { throw .version(version) }
    guard let bootID = values["b"] else { throw .missing(key: "b") }
    guard !bootID.isEmpty else { throw .value(key: "b", value: "") }
    guard let name = values["c"] else { throw .missing(key: "c") }
    guard let check = CheckKind.allCases.first(where: { $0.name == name }) else {
      throw .value(key: "c", value: name)
    }
    return BoardIdentity(
      version: version, bootID: bootID, implementation: values["i"] ?? "",
      machine: values["m"] ?? "", package: values["a"] ?? "",
      largestBody: try number("f", in: values, 16...(Limits.length - check.size)),
      largestHead: try number("h", in: values, 16...65_535),
      window: try number("w", in: values, 32...1_048_576),
      slots: try number("q", in: values, 1...Limits.underWay),
      streams: try number("n", in: values, 1...Limits.streams),
      initialCredit: try number("k", in: values, 0...1_048_576),
      check: check)
  }

  private static func number(
    _ key: String, in values: [String: String], _ range: ClosedRange<Int>
  ) throws(WelcomeError) -> Int {
    guard let value = values[key] else { throw .missing(key: key) }
    // Int takes a sign as well; the spec's numbers have none.
    guard value.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(value),
      range.contains(number)
    else { throw .value(key: key, value: value) }
    return number
  }
}

extension Route {
  /// Reads the bodies of ROUTES, joined: lines `METHOD path`; other lines are passed over.
  static func list(_ bytes: [UInt8]) -> [Route] {
    bytes.split(separator: 0x0A).compactMap { line in
      guard let space = line.firstIndex(of: 0x20), space > line.startIndex,
        space + 1 < line.endIndex
      else { return nil }
      return Route(
        method: String(decoding: line[..<space], as: UTF8.self),
        path: String(decoding: line[(space + 1)...], as: UTF8.self))
    }
  }
}
