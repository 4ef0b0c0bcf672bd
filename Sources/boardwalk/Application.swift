import Boards
import Gateway
import Glibc
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// The parts of a running gateway, put together; the program's and the tests'.
struct Application {
  var boards: [BoardConfiguration]
  var gateway: GatewayConfiguration
  var logLevel: Logger.Level
  /// What runs besides, such as simulated boards; ended last.
  var companions: [any Service] = []
  /// Called once with the port that is listened on.
  var onRunning: (@Sendable (_ port: Int) async -> Void)?

  /// Runs until SIGINT or SIGTERM.
  func run() async throws {
    var logger = Logger(label: "boardwalk", factory: { StreamLogHandler.standardError(label: $0) })
    logger.logLevel = logLevel
    // One loop for HTTP and lines: a request changes no thread on its way. The singleton is never
    // shut down, so that what still ends when all services have ended finds its loop.
    NIOSingletons.groupLoopCountSuggestion = 1
    let group = MultiThreadedEventLoopGroup.singleton
    let registry = try BoardRegistry(boards, eventLoop: group.any(), logger: logger)
    let address = gateway.host.contains(":") ? "[\(gateway.host)]" : gateway.host
    let server = Gateway(
      configuration: gateway, boards: registry, eventLoopGroup: group, logger: logger,
      onRunning: { [onRunning, logger] port in
        if let onRunning {
          await onRunning(port)
        } else {
          logger.info("listening on http://\(address):\(port)")
        }
      })
    // Ended in reverse order: boards first, so that no response keeps the server from ending.
    let services: [any Service] = companions + [server, Supervisor(boards: registry)]
    var quiet = logger
    quiet.logLevel = max(logLevel, .warning)
    do {
      try await ServiceGroup(
        configuration: ServiceGroupConfiguration(
          services: services, gracefulShutdownSignals: [.sigint, .sigterm], logger: quiet)
      ).run()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      throw AddressInUse(address: "\(address):\(gateway.port)")
    }
  }
}

/// Another program listens where the gateway should.
private struct AddressInUse: Error, CustomStringConvertible {
  let address: String

  var description: String {
    "\(address) is in use by another program, such as another gateway. End that one, or choose "
      + "another address with --listen."
  }
}

/// Looks after the boards until graceful shutdown.
private struct Supervisor: Service {
  let boards: BoardRegistry

  func run() async throws {
    await cancelWhenGracefulShutdown { await boards.run() }
  }
}
