import Boards
import Logging
import ServiceLifecycle
import UnixSignals

/// Reads the settings again at each SIGHUP, until graceful shutdown.
///
/// Boards that stay as they were are not touched. Settings with something wrong change nothing.
struct Reload: Service {
  /// As they are now.
  let settings: Settings
  let boards: BoardRegistry
  /// Trapped before systemd hears that the gateway is ready, for SIGHUP ends a program otherwise.
  let hangups: UnixSignalsSequence
  let notifier: ServiceNotifier?
  let logger: Logger
  let readAgain: @Sendable () throws(SettingProblems) -> Settings

  func run() async throws {
    for await _ in hangups.cancelOnGracefulShutdown() {
      notifier?.sendReloading()
      reload()
      notifier?.send("READY=1")
    }
  }

  private func reload() {
    let new: Settings
    do throws(SettingProblems) {
      new = try readAgain()
    } catch {
      for problem in error.problems { logger.error("\(Printable.text("\(problem)"))") }
      logger.error("the settings stay as they were")
      return
    }
    do throws(BoardConfigurationError) {
      try boards.replace(new.configurations, defaults: new.defaults)
    } catch {
      logger.error("\(error) The settings stay as they were.")
      return
    }
    let names = new.boards.map { $0.configuration.name ?? "*" }
    logger.info("settings read again; boards: \(names.joined(separator: ", "))")
    let late = new.needsRestart(since: settings)
    if !late.isEmpty {
      logger.warning("\(late.joined(separator: ", ")) changed, which takes a restart")
    }
  }
}
