import APIClient
import Boards
import EventHistory
import Events
import Gateway
import Glibc
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// The parts of a running gateway, put together; the program's and the tests'.
struct Application {
  let settings: Settings
  var boards: [BoardConfiguration]
  /// What runs besides, such as simulated boards; ended last.
  var companions: [any Service] = []
  /// Whether devices that are plugged in become boards.
  var isDiscovering = true
  /// Called once with the port that is listened on.
  var onRunning: (@Sendable (_ port: Int) async -> Void)?
  /// Returns when it is to end; nil for at SIGINT and SIGTERM, as a program of its own does.
  var untilEnd: (@Sendable () async -> Void)?
  /// Reads the settings anew, at SIGHUP; nil where nothing can have changed.
  var readAgain: (@Sendable () throws(SettingProblems) -> Settings)?

  init(_ settings: Settings) {
    self.settings = settings
    boards = settings.configurations
  }

  /// Runs until it is to end.
  func run() async throws {
    var logger = Logger(label: "boardwalk", factory: { StreamLogHandler.standardError(label: $0) })
    logger.logLevel = settings.logLevel
    // The singleton is never shut down, so that what still ends when all services have ended finds
    // its loop.
    let group = MultiThreadedEventLoopGroup.singleton
    var gateway = settings.gateway
    gateway.mostConnections = DescriptorBudget.raised().connections
    if settings.gateway.allowsManaging, !settings.address.isLoopback {
      logger.warning("whoever reaches \(settings.address) can run code on boards: manage is on")
    }
    let notifier = untilEnd == nil ? ServiceNotifier(logger: logger) : nil
    let log = EventLog(epoch: .random(in: 1 ... .max))
    let registry = try BoardRegistry(
      boards, defaults: isDiscovering ? settings.defaults : [], log: log, eventLoop: group.any(),
      logger: logger)
    let history = settings.historyConfiguration.map { configuration in
      var configuration = configuration
      configuration.note = { [logger] in logger.warning("\($0)") }
      return EventHistory(configuration)
    }
    let server = Gateway(
      configuration: gateway, boards: registry, history: history, eventLoopGroup: group,
      logger: logger,
      onRunning: { [settings, onRunning, logger] port in
        let url = settings.url(port: port)
        if let onRunning {
          await onRunning(port)
        } else {
          logger.info("listening on \(url)")
        }
        notifier?.send("READY=1", "STATUS=listening on \(url)")
      })
    // Ended in reverse order: boards before the server, so that no response keeps it from ending.
    var services: [any Service] = companions + [server, Supervisor(boards: registry)]
    if let history {
      // From before the first event on, and, as the boards end the log, to behind the last.
      services.insert(Recording(history: history, events: log.subscribe(backlog: .max)), at: 0)
    }
    if isDiscovering { services.append(Discovery(boards: registry, logger: logger)) }
    if let readAgain {
      services.append(
        Reload(
          settings: settings, boards: registry,
          hangups: await UnixSignalsSequence(trapping: .sighup), notifier: notifier,
          logger: logger, readAgain: readAgain))
    }
    if let notifier { services.append(StopNotice(notifier: notifier)) }
    let watchdog = notifier?.startWatchdog(on: group.any())
    defer { watchdog?.cancel() }
    var quiet = logger
    quiet.logLevel = max(settings.logLevel, .warning)
    do {
      var configuration = ServiceGroupConfiguration(
        services: services, gracefulShutdownSignals: [.sigint, .sigterm], logger: quiet)
      if let untilEnd {
        configuration.gracefulShutdownSignals = []
        configuration.services.append(
          ServiceGroupConfiguration.ServiceConfiguration(
            service: Ending(isDue: untilEnd),
            successTerminationBehavior: .gracefullyShutdownGroup))
      }
      try await ServiceGroup(configuration: configuration).run()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      throw AddressInUse(address: settings.address.description)
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

/// Whose end is everybody's.
private struct Ending: Service {
  let isDue: @Sendable () async -> Void

  func run() async throws { await isDue() }
}
