public import Boards
import HTTPTypes
import HummingbirdCore
public import Logging
import NIOCore
public import NIOPosix
public import ServiceLifecycle

/// The HTTP side: an HTTP/1.1 server in front of boards.
public struct Gateway: Service {
  let configuration: GatewayConfiguration
  let boards: BoardRegistry
  let logger: Logger
  let eventLoopGroup: MultiThreadedEventLoopGroup
  let onRunning: @Sendable (_ port: Int) async -> Void

  /// - Parameters:
  ///   - eventLoopGroup: one loop, the one that the boards' lines run on.
  ///   - onRunning: called once with the port that is listened on.
  public init(
    configuration: GatewayConfiguration, boards: BoardRegistry,
    eventLoopGroup: MultiThreadedEventLoopGroup, logger: Logger,
    onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
  ) {
    self.configuration = configuration
    self.boards = boards
    self.eventLoopGroup = eventLoopGroup
    self.logger = logger
    self.onRunning = onRunning
  }

  /// Serves until graceful shutdown.
  ///
  /// - Throws: when the address cannot be listened on.
  public func run() async throws {
    let executor = LoopExecutor(eventLoopGroup.any())
    let dispatch = Dispatch(configuration: configuration, boards: boards)
    let responder = Responder(dispatch: dispatch, executor: executor)
    let server = HTTPServerBuilder { respond in
      GatewayChannel(dispatch: dispatch, executor: executor, responder: respond)
    }
    try await server.buildServer(
      configuration: ServerConfiguration(
        address: .hostname(configuration.host, port: configuration.port)),
      eventLoopGroup: eventLoopGroup, logger: logger,
      responder: { request, writer, channel in
        try await responder.respond(to: request, writer, channel)
      },
      onServerRunning: { [onRunning] channel in
        await onRunning(channel.localAddress?.port ?? 0)
      }
    ).run()
  }
}
