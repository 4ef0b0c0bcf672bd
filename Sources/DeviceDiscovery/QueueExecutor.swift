import Dispatch

/// Runs an actor on a serial queue, so that Dispatch's callbacks on that queue are inside of it.
///
/// Dispatch on Linux has no executor of its own (`DispatchSerialQueue` is missing).
final class QueueExecutor: SerialExecutor {
  let queue: DispatchQueue

  init(label: String) { queue = DispatchQueue(label: label) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
