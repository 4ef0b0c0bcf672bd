import HTTPTypes
import HummingbirdCore
import NIOCore
import ServiceLifecycle

/// An answer of the gateway's own that takes time or comes bit by bit, made by a task which ends
/// when the client goes, and when the gateway stops.
struct Production: Sendable {
  /// Makes an answer: returns it, or begins it and writes it to the outflow, and returns nil.
  ///
  /// - Throws: ``Problem``, if nothing was begun; any other error breaks the connection off.
  typealias Work = @Sendable (Outflow) async throws -> Reply?

  private let outflow = Outflow()
  private let task: Task<Void, Never>

  init(on executor: LoopExecutor, _ work: @escaping Work) {
    task = Task(executorPreference: executor) { [outflow] in
      do {
        try Task.checkCancellation()
        outflow.end(with: try await cancelWhenGracefulShutdown { try await work(outflow) })
      } catch {
        outflow.fail(error)
      }
    }
  }

  /// How the answer begins.
  ///
  /// - Throws: what the work threw; `CancellationError` when the client has gone.
  func opening(for client: Client) async throws -> Outflow.Opening {
    client.onGone { cancel() }
    defer { client.onGone(nil) }
    return try await outflow.opening()
  }

  /// Brings an answer to the client whose beginning is there.
  func write(
    _ head: HTTPResponse, to writer: consuming ResponseWriter, for client: Client,
    _ configuration: GatewayConfiguration
  ) async throws {
    client.onGone { cancel() }
    defer { client.onGone(nil) }
    let heart =
      head.headerFields[.contentType] == EventForm.contentType
      ? client.eventLoop.scheduleRepeatedTask(
        initialDelay: configuration.heartbeat, delay: configuration.heartbeat
      ) { [outflow] _ in outflow.beat(EventForm.heartbeat) } : nil
    defer { heart?.cancel() }
    do {
      var writer = try await writer.writeHead(head)
      while let piece = try await outflow.next() { try await writer.write(piece) }
      try await writer.finish(nil)
    } catch {
      cancel()
      throw error
    }
  }

  private func cancel() {
    task.cancel()
    outflow.close()
  }
}
