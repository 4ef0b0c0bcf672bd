import Boards
import HTTPTypes
import LinkProtocol
import NIOCore

/// A board's response: its head, then its body in pieces.
struct BoardResponse {
  var head: HTTPResponse
  private let exchange: Exchange
  private var pending: ArraySlice<UInt8>
  private var hasEnded: Bool
  /// Bytes that may still come when the handler said how many; nil when it did not.
  private var remaining: Int?
  /// Responses without a body: to HEAD, 204 and 304.
  private let isBodiless: Bool

  init(
    head: HTTPResponse, body: ArraySlice<UInt8>, hasEnded: Bool, exchange: Exchange,
    isBodiless: Bool
  ) {
    self.head = head
    self.exchange = exchange
    self.hasEnded = hasEnded
    self.isBodiless = isBodiless
    pending = isBodiless ? [] : body
    remaining = isBodiless ? nil : head.headerFields[.contentLength].flatMap(Int.init)
    if hasEnded && !isBodiless && remaining == nil {
      self.head.headerFields.append(HTTPField(name: .contentLength, value: String(body.count)))
    }
  }

  /// The body, when all of it is there and as long as it should be.
  var wholeBody: ByteBuffer? {
    guard hasEnded, remaining == nil || remaining == pending.count else { return nil }
    return ByteBuffer(bytes: pending)
  }

  /// The next piece of the body; nil at its end.
  ///
  /// - Throws: ``ExchangeError``; ``ShortBody`` when fewer bytes came than the handler promised.
  mutating func next() async throws -> ByteBuffer? {
    while true {
      if !pending.isEmpty {
        let piece = remaining.map { pending.prefix($0) } ?? pending
        pending = []
        remaining = remaining.map { $0 - piece.count }
        if remaining == 0 && !hasEnded {
          // What the handler writes beyond its own Content-Length is not part of the response.
          await exchange.cancel(.clientGone)
          hasEnded = true
        }
        if !piece.isEmpty { return ByteBuffer(bytes: piece) }
      }
      if hasEnded {
        if let remaining, remaining > 0 { throw ShortBody(missing: remaining) }
        return nil
      }
      guard let chunk = try await exchange.next() else { continue }
      hasEnded = chunk.end
      if !isBodiless { pending = chunk.bytes[...] }
    }
  }

  /// By this the response can be ended while somebody waits for its next piece.
  var canceller: Exchange { exchange }

  /// Nobody wants the rest.
  func cancel() async {
    if !hasEnded { await exchange.cancel(.clientGone) }
  }

  /// The handler promised more bytes than it sent.
  struct ShortBody: Error {
    var missing: Int
  }
}

/// Finds the head of a board's response.
struct ResponseReader {
  private var parser = ResponseHeadParser()
  private let exchange: Exchange
  private let method: HTTPRequest.Method
  private let board: String

  init(_ exchange: Exchange, _ method: HTTPRequest.Method, board: String) {
    self.exchange = exchange
    self.method = method
    self.board = board
  }

  /// Takes the next bytes; returns the response once its head is there.
  ///
  /// - Throws: ``Problem`` when they cannot be a response; the exchange is over then.
  mutating func append(_ chunk: Exchange.Chunk) async throws -> BoardResponse? {
    do throws(Problem) {
      return try take(chunk)
    } catch {
      await exchange.cancel(.protocolError)
      throw error
    }
  }

  /// The same; the caller ends the exchange when it throws.
  mutating func take(_ chunk: Exchange.Chunk) throws(Problem) -> BoardResponse? {
    do throws(ResponseHeadError) {
      if let (head, body) = try parser.append(chunk.bytes) {
        return BoardResponse(
          head: try Self.convert(head), body: body, hasEnded: chunk.end, exchange: exchange,
          isBodiless: method == .head || head.status == 204 || head.status == 304)
      }
      if chunk.end { throw parser.atEnd }
      return nil
    } catch {
      throw Problem.badResponse(error, board: board)
    }
  }

  private static func convert(_ head: ResponseHead) throws(ResponseHeadError) -> HTTPResponse {
    // Interim responses are between the client and the gateway.
    guard head.status >= 200 else { throw .statusLine(String(head.status)) }
    var response = HTTPResponse(status: HTTPResponse.Status(code: head.status))
    var named: [String] = []
    for field in head.fields {
      guard let name = HTTPField.Name(field.name) else {
        throw .field("\(field.name): \(field.value)")
      }
      if !ForwardedFields.hopByHop.contains(name.canonicalName) {
        response.headerFields.append(HTTPField(name: name, value: field.value))
      } else if name == .connection {
        named += ForwardedFields.named(in: [name: field.value])
      }
    }
    for name in named.compactMap({ HTTPField.Name($0) }) { response.headerFields[name] = nil }
    if let length = response.headerFields[.contentLength] {
      guard length.utf8.allSatisfy({ (0x30...0x39).contains($0) }), Int(length) != nil else {
        throw .field("Content-Length: \(length)")
      }
    }
    return response
  }
}
