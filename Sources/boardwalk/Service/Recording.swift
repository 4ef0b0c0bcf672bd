import EventHistory
import Events
import ServiceLifecycle

/// Writes the history until graceful shutdown, whose turn comes when all else has ended.
struct Recording: Service {
  let history: EventHistory
  let events: EventSubscription

  func run() async throws {
    // No child of this task: a disk that hangs would hold up the gateway's end.
    let run = Task { await history.run(following: events) }
    try? await gracefulShutdown()
    // What is there is written; a history that is off by now gives it up.
    await history.close(within: .seconds(3))
    run.cancel()
  }
}
