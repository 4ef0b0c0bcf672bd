/// The head of a board's response (spec, "Streams").
public struct ResponseHead: Sendable, Equatable {
  /// HTTP status, 100 to 999.
  public var status: Int
  /// Header fields in order; the compact form's content type is one of them.
  public var fields: [Field]

  public init(status: Int, fields: [Field] = []) {
    self.status = status
    self.fields = fields
  }

  /// The value of the first field with this name, which is given in small letters.
  public subscript(name: String) -> String? {
    fields.first { $0.name.lowercased() == name }?.value
  }

  /// A header field.
  public struct Field: Sendable, Equatable {
    /// A token (RFC 9110, 5.6.2), with the capitals that the board wrote.
    public var name: String
    /// Without control characters but the tab.
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }
}

/// Why the start of a response is none.
public enum ResponseHeadError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The response ended before its head did; so many bytes came.
  case incomplete(bytes: Int)
  /// The head is longer than 8192 bytes.
  case tooLong
  /// The first line is neither `status[ content-type]` nor HTTP/1's.
  case statusLine(String)
  /// A header line without a colon, or whose name is no token.
  case field(String)

  public var description: String {
    switch self {
    case .incomplete(0): "the handler ended without a response"
    case .incomplete(let bytes): "the response ended in its head, after \(bytes) bytes"
    case .tooLong: "the response's head is longer than \(ResponseHeadParser.limit) bytes"
    case .statusLine(let line): "the response begins with \"\(line)\", which is no status line"
    case .field(let line):
      "the response's head has the line \"\(line)\", which is no header field that can be used"
    }
  }
}

/// Finds the head in the first bytes of a response, however they are cut.
///
/// Takes the compact form `200 text/plain\n\n` and HTTP/1's, with lines ended by LF or CRLF.
public struct ResponseHeadParser: Sendable {
  /// Most bytes of a head.
  public static let limit = 8192

  private var held: [UInt8] = []

  public init() {}

  /// Takes the next bytes of the response.
  ///
  /// - Returns: the head and the bytes behind it, which begin the body; nil when more is needed.
  public mutating func append(
    _ bytes: [UInt8]
  ) throws(ResponseHeadError) -> (head: ResponseHead, body: ArraySlice<UInt8>)? {
    // An empty line may begin up to three bytes back.
    let from = max(0, held.count - 3)
    if held.isEmpty { held = bytes } else { held += bytes }
    guard let end = Self.end(of: held, from: from) else {
      // Up to two bytes of its end may be there.
      if held.count > Self.limit + 2 { throw .tooLong }
      return nil
    }
    if end.head > Self.limit { throw .tooLong }
    let whole = held
    held = []
    return (try Self.parse(whole[..<end.head]), whole[end.body...])
  }

  /// The error for a response that ends now.
  public var atEnd: ResponseHeadError { .incomplete(bytes: held.count) }

  /// Where the empty line begins and ends.
  private static func end(of bytes: [UInt8], from: Int) -> (head: Int, body: Int)? {
    var index = from
    while index < bytes.count {
      if bytes[index] == 0x0A {
        if index + 1 < bytes.count, bytes[index + 1] == 0x0A { return (index, index + 2) }
        if index + 2 < bytes.count, bytes[index + 1] == 0x0D, bytes[index + 2] == 0x0A {
          return (index, index + 3)
        }
      }
      index += 1
    }
    return nil
  }

  private static func parse(_ bytes: ArraySlice<UInt8>) throws(ResponseHeadError) -> ResponseHead {
    var (line, rest) = firstLine(bytes)
    var head = try statusLine(line)
    while let lines = rest {
      (line, rest) = firstLine(lines)
      // One that goes on with the line before has no name of its own (RFC 9112, 5.2).
      if lines.first == 0x20 || lines.first == 0x09 { throw .field(excerpt(line)) }
      guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex,
        line[..<colon].allSatisfy(isTokenByte)
      else { throw .field(excerpt(line)) }
      head.fields.append(
        ResponseHead.Field(name: text(line[..<colon]), value: value(line[(colon + 1)...])))
    }
    return head
  }

  /// The first line without what surrounds it, and those behind it; nil when it is the last.
  private static func firstLine(
    _ lines: ArraySlice<UInt8>
  ) -> (line: ArraySlice<UInt8>, rest: ArraySlice<UInt8>?) {
    guard let end = lines.firstIndex(of: 0x0A) else { return (trimmed(lines), nil) }
    return (trimmed(lines[..<end]), lines[(end + 1)...])
  }

  private static func statusLine(
    _ line: ArraySlice<UInt8>
  ) throws(ResponseHeadError) -> ResponseHead {
    let space = line.firstIndex(of: 0x20) ?? line.endIndex
    let rest = trimmed(line[space...])
    let isHTTP = line.starts(with: "HTTP/".utf8)
    guard let status = number(isHTTP ? rest.prefix { $0 != 0x20 } : line[..<space]), status >= 100
    else {
      throw .statusLine(excerpt(line))
    }
    var head = ResponseHead(status: status, fields: [])
    if !isHTTP, !rest.isEmpty {
      head.fields.append(ResponseHead.Field(name: "Content-Type", value: value(rest)))
    }
    return head
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard digits.count == 3 else { return nil }
    var value = 0
    for digit in digits {
      guard digit >= 0x30, digit <= 0x39 else { return nil }
      value = value * 10 + Int(digit - 0x30)
    }
    return value
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var rest = bytes
    while let last = rest.last, last <= 0x20 { rest.removeLast() }
    while let first = rest.first, first <= 0x20 { rest.removeFirst() }
    return rest
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x5E...0x7A, 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x7C,
      0x7E:
      true
    default: false
    }
  }

  /// Control characters, which could end the line for some reader, become spaces.
  private static func value(_ bytes: ArraySlice<UInt8>) -> String {
    let isControl = { (byte: UInt8) in (byte < 0x20 && byte != 0x09) || byte == 0x7F }
    let rest = trimmed(bytes)
    return text(
      rest.contains(where: isControl) ? rest.map { isControl($0) ? 0x20 : $0 }[...] : rest)
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
  }

  private static func excerpt(_ bytes: ArraySlice<UInt8>) -> String {
    bytes.count > 60 ? text(bytes.prefix(60)) + "…" : text(bytes)
  }
}
