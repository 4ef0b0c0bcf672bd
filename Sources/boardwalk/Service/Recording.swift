import EventHistory
import Events
import ServiceLifecycle

/// Writes the history until graceful shutdown, whose turn comes when all else has ended.
struct Recording: Service {
  let history: EventHistory
  let events: EventSubscription

  func run() async throws {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await history.run(following: events) }
      try? await gracefulShutdown()
      // What is there is written; a history that is off by now gives it up.
      await history.close(within: .seconds(3))
    }
  }
}
