import Boards
import LinkProtocol
import NIOCore

/// A board's response: its head, then its body in pieces.
struct BoardResponse {
  var head: ResponseHead
  private let exchange: Exchange
  private var pending: ArraySlice<UInt8>
  private var hasEnded: Bool
  /// Bytes that may still come when the handler said how many; nil when it did not.
  private var remaining: Int?
  /// When the handler has cut the body into chunks.
  private var chunks: ChunkedBody?
  /// Responses without a body: to HEAD, 204 and 304.
  private let isBodiless: Bool

  init(
    head: ResponseHead, framing: Framing, body: ArraySlice<UInt8>, hasEnded: Bool,
    exchange: Exchange, isBodiless: Bool
  ) {
    self.head = head
    self.exchange = exchange
    self.hasEnded = hasEnded
    self.isBodiless = isBodiless
    pending = isBodiless ? [] : body
    if !isBodiless {
      switch framing {
      case .length(let length): remaining = length
      case .chunks: chunks = ChunkedBody()
      case .none: break
      }
    }
    if hasEnded && !isBodiless && remaining == nil && chunks == nil {
      self.head.fields.append(ResponseHead.Field(name: "Content-Length", value: "\(body.count)"))
    }
  }

  /// How the handler says where the body ends; else it is where the handler's output does.
  enum Framing {
    case none
    case length(Int)
    case chunks
  }

  /// The body, when all of it is there and as long as it should be.
  var wholeBody: ByteBuffer? {
    guard hasEnded, chunks == nil, remaining == nil || remaining == pending.count else {
      return nil
    }
    return ByteBuffer(bytes: pending)
  }

  /// The next piece of the body; nil at its end.
  ///
  /// - Throws: ``ExchangeError``; ``ShortBody`` when fewer bytes came than the handler promised;
  ///   `ChunkedBody.Malformed`.
  mutating func next() async throws -> ByteBuffer? {
    while true {
      if !pending.isEmpty {
        var piece = remaining.map { pending.prefix($0) } ?? pending
        pending = []
        remaining = remaining.map { $0 - piece.count }
        if let content = try chunks?.decode(piece) { piece = content }
        if (remaining == 0 || chunks?.isComplete == true) && !hasEnded {
          // What the handler writes behind the end that it gave is not part of the response.
          await exchange.cancel(.clientGone)
          hasEnded = true
        }
        if !piece.isEmpty { return ByteBuffer(bytes: piece) }
      }
      if hasEnded {
        if remaining ?? 0 > 0 || chunks?.isComplete == false { throw ShortBody() }
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
  struct ShortBody: Error {}
}

/// Finds the head of a board's response.
struct ResponseReader {
  private var parser = ResponseHeadParser()
  private let exchange: Exchange
  private let isHead: Bool
  private let board: String

  /// - Parameter isHead: whether the request is a HEAD.
  init(_ exchange: Exchange, isHead: Bool, board: String) {
    self.exchange = exchange
    self.isHead = isHead
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
        let (head, framing) = try Self.forwarded(head)
        return BoardResponse(
          head: head, framing: framing, body: body, hasEnded: chunk.end, exchange: exchange,
          isBodiless: isHead || head.status == 204 || head.status == 304)
      }
      if chunk.end { throw parser.atEnd }
      return nil
    } catch {
      throw Problem.badResponse(error, board: board)
    }
  }

  /// What of a head concerns clients, and what it says of the body's end.
  private static func forwarded(
    _ head: ResponseHead
  ) throws(ResponseHeadError) -> (ResponseHead, BoardResponse.Framing) {
    // Interim responses are between the client and the gateway.
    guard head.status >= 200 else { throw .statusLine(String(head.status)) }
    var length: Int?
    var isChunked = false
    var named: [String] = []
    var forwarded = ResponseHead(status: head.status)
    for field in head.fields {
      let name = field.name.lowercased()
      if name == "content-length" {
        guard length == nil, field.value.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
          let number = Int(field.value)
        else { throw .field("\(field.name): \(field.value)") }
        length = number
      }
      if name == "transfer-encoding" {
        guard field.value.lowercased() == "chunked", !isChunked else {
          throw .field("\(field.name): \(field.value)")
        }
        isChunked = true
      }
      if name == "connection" { named += ForwardedFields.named(in: field.value) }
      if !ForwardedFields.hopByHop.contains(name) { forwarded.fields.append(field) }
    }
    if !named.isEmpty { forwarded.fields.removeAll { named.contains($0.name.lowercased()) } }
    if named.contains("content-length") { length = nil }
    if isChunked {
      // It goes before a length, which would be wrong (RFC 9112, 6.3).
      forwarded.fields.removeAll { $0.name.lowercased() == "content-length" }
      return (forwarded, .chunks)
    }
    return (forwarded, length.map { .length($0) } ?? .none)
  }
}
