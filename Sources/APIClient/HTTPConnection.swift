import NIOCore
import NIOHTTP1
import NIOPosix

/// One HTTP/1.1 connection for one request.
///
/// Letting go of it closes it.
final class HTTPConnection: Sendable {
  private let address: GatewayAddress
  private let channel: any Channel
  private let reader: NIOLoopBound<ResponseReader>

  private init(
    _ address: GatewayAddress, _ channel: any Channel, _ reader: NIOLoopBound<ResponseReader>
  ) {
    self.address = address
    self.channel = channel
    self.reader = reader
  }

  deinit { channel.close(promise: nil) }

  /// - Throws: ``APIError``.
  static func open(
    _ address: GatewayAddress, within limit: Duration
  ) async throws -> HTTPConnection {
    do {
      let (channel, reader) = try await ClientBootstrap(
        group: MultiThreadedEventLoopGroup.singleton
      )
      .channelOption(.autoRead, value: false)
      .connectTimeout(TimeAmount(limit))
      .connect(host: address.host, port: address.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          let reader = ResponseReader()
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          try channel.pipeline.syncOperations.addHandler(reader)
          return (channel, NIOLoopBound(reader, eventLoop: channel.eventLoop))
        }
      }
      return HTTPConnection(address, channel, reader)
    } catch {
      throw APIError.connecting(to: address, error)
    }
  }

  /// Sends a request.
  ///
  /// - Throws: ``APIError``.
  func send(
    _ method: HTTPMethod, _ target: String, fields: [(String, String)], body: [UInt8]?
  ) async throws {
    var headers = HTTPHeaders(fields)
    headers.add(name: "Host", value: address.description)
    if let body { headers.add(name: "Content-Length", value: "\(body.count)") }
    let head = HTTPRequestHead(version: .http1_1, method: method, uri: target, headers: headers)
    do {
      try await channel.write(HTTPClientRequestPart.head(head))
      if let body {
        try await channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))))
      }
      try await channel.writeAndFlush(HTTPClientRequestPart.end(nil))
    } catch {
      throw APIError.connection(to: address, error)
    }
  }

  /// The response's next parts, at least one.
  ///
  /// - Throws: ``APIError`` when none come any more, or none in time; `CancellationError`.
  func next(within limit: Duration) async throws -> [HTTPClientResponsePart] {
    let promise = channel.eventLoop.makePromise(of: [HTTPClientResponsePart].self)
    let error = APIError.timedOut(address, after: limit)
    channel.eventLoop.execute { [reader] in
      reader.value.next(within: TimeAmount(limit), or: error, promise)
    }
    do {
      return try await withTaskCancellationHandler {
        try await promise.futureResult.get()
      } onCancel: {
        channel.close(promise: nil)
      }
    } catch {
      try Task.checkCancellation()
      throw APIError.connection(to: address, error)
    }
  }
}
