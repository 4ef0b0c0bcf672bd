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
      .connect(to: address) { channel in
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

  /// Sends the one request of this connection.
  func send(_ request: APIRequest, lastEventID: String? = nil) {
    var fields = [("Accept", request.accept), ("Connection", "close")]
    if let lastEventID { fields.append(("Last-Event-ID", lastEventID)) }
    send(
      HTTPMethod(rawValue: request.method.rawValue), request.target, fields: fields,
      body: request.body)
  }

  /// Sends a request, and does not wait until it is sent: the answer may come before, and whatever
  /// fails shows when that is read.
  func send(
    _ method: HTTPMethod, _ target: String, fields: [(String, String)], body: [UInt8]?
  ) {
    var headers = HTTPHeaders(fields)
    headers.add(name: "Host", value: address.hostField)
    if let body { headers.add(name: "Content-Length", value: "\(body.count)") }
    let head = HTTPRequestHead(version: .http1_1, method: method, uri: target, headers: headers)
    channel.write(HTTPClientRequestPart.head(head), promise: nil)
    if let body {
      channel.write(
        HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
    }
    channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
  }

  /// The response's next parts, at least one.
  ///
  /// - Parameter limit: how long to wait; nil for as long as it takes.
  /// - Throws: ``APIError`` when none come any more, or none in time; `CancellationError`.
  func next(within limit: Duration?) async throws -> [HTTPClientResponsePart] {
    let promise = channel.eventLoop.makePromise(of: [HTTPClientResponsePart].self)
    let alarm = limit.map { (TimeAmount($0), APIError.timedOut(address, after: $0)) }
    channel.eventLoop.execute { [reader] in reader.value.next(alarm, promise) }
    do {
      let parts = try await withTaskCancellationHandler {
        try await promise.futureResult.get()
      } onCancel: {
        channel.close(promise: nil)
      }
      // A body may end where the connection does, here by the cancellation.
      try Task.checkCancellation()
      return parts
    } catch {
      try Task.checkCancellation()
      throw APIError.connection(to: address, error)
    }
  }
}

extension ClientBootstrap {
  fileprivate func connect<Output: Sendable>(
    to address: GatewayAddress,
    channelInitializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
  ) async throws -> Output {
    if let path = address.socketPath {
      return try await connect(
        unixDomainSocketPath: path, channelInitializer: channelInitializer)
    }
    return try await connect(
      host: address.host, port: address.port, channelInitializer: channelInitializer)
  }
}
