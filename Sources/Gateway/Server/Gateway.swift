public import Boards
public import EventHistory
import Events
import HTTPTypes
import HummingbirdCore
public import Logging
import NIOCore
public import NIOPosix
public import ServiceLifecycle
import Synchronization

/// The HTTP side: an HTTP/1.1 server in front of boards.
public struct Gateway: Service {
  let configuration: GatewayConfiguration
  let boards: BoardRegistry
  let history: EventHistory?
  let logger: Logger
  let eventLoopGroup: MultiThreadedEventLoopGroup
  let onRunning: @Sendable (_ port: Int) async -> Void

  /// - Parameters:
  ///   - history: what outlives the gateway of its events; somebody else writes it.
  ///   - eventLoopGroup: one loop, the one that the boards' lines run on.
  ///   - onRunning: called once with the port that is listened on; 0 for a Unix socket.
  public init(
    configuration: GatewayConfiguration, boards: BoardRegistry, history: EventHistory? = nil,
    eventLoopGroup: MultiThreadedEventLoopGroup, logger: Logger,
    onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
  ) {
    self.configuration = configuration
    self.boards = boards
    self.history = history
    self.eventLoopGroup = eventLoopGroup
    self.logger = logger
    self.onRunning = onRunning
  }

  /// Serves until graceful shutdown.
  ///
  /// - Throws: when the address cannot be listened on.
  public func run() async throws {
    guard let path = configuration.socketPath else {
      return try await serve(at: .hostname(configuration.host, port: configuration.port)) {
        await onRunning($0.localAddress?.port ?? 0)
      }
    }
    let file = try UnixSocketFile(path: path)
    defer { file.remove() }
    let failure = Mutex<UnixSocketError?>(nil)
    try await serve(at: .unixDomainSocket(path: file.bindPath)) { channel in
      do throws(UnixSocketError) {
        try file.publish()
        await onRunning(0)
      } catch {
        failure.withLock { $0 = error }
        channel.close(promise: nil)
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
  }

  private func serve(
    at address: BindAddress, onRunning: @escaping @Sendable (any Channel) async -> Void
  ) async throws {
    let executor = LoopExecutor(eventLoopGroup.any())
    let dispatch = Dispatch(configuration: configuration, boards: boards, history: history)
    let responder = Responder(dispatch: dispatch, executor: executor)
    let server = HTTPServerBuilder { respond in
      GatewayChannel(dispatch: dispatch, executor: executor, responder: respond)
    }
    // One timer for all streams of events.
    let heart = eventLoopGroup.any().scheduleRepeatedTask(
      initialDelay: configuration.heartbeat, delay: configuration.heartbeat
    ) { [log = boards.log] _ in log.beat() }
    defer { heart.cancel() }
    // What it says of its start is said better here.
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .notice)
    try await server.buildServer(
      configuration: ServerConfiguration(
        address: address,
        availableConnectionsDelegate: ConnectionLimit(
          configuration.mostConnections, logger: logger)),
      eventLoopGroup: eventLoopGroup, logger: quiet,
      responder: { request, writer, channel in
        try await responder.respond(to: request, writer, channel)
      },
      onServerRunning: onRunning
    ).run()
  }
}
