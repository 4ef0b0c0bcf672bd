import Boards
import DeviceDiscovery
import Logging
import ServiceLifecycle

/// Tells the boards which devices are there, until graceful shutdown.
struct Discovery: Service {
  let boards: BoardRegistry
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var pause: Duration = .seconds(1)
      while !Task.isCancelled {
        do {
          for try await devices in DeviceMonitor().snapshots() {
            boards.update(devices: devices)
            pause = .seconds(1)
          }
        } catch {
          // Boards by path are served all the same.
          logger.error("\(error)")
        }
        try? await Task.sleep(for: pause)
        pause = min(pause * 2, .seconds(60))
      }
    }
  }
}
