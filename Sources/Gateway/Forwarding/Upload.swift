import Boards
import HummingbirdCore
import LinkProtocol
import NIOCore
import NIOHTTP1

/// Brings a request's body to the board piece by piece, as fast as the handler reads.
struct Upload {
  enum Result {
    /// All of it is on its way, or the board wanted no more.
    case done
    /// More came than the gateway takes.
    case tooLarge
    /// What came is no body that can be read.
    case malformed(HTTPParserError)
    /// The client went away, or the exchange failed.
    case broken
  }

  private let task: Task<Result, Never>

  init(_ body: RequestBody, to exchange: Exchange, limit: Int, on executor: LoopExecutor) {
    task = Task(executorPreference: executor) {
      var count = 0
      do {
        for try await part in body {
          count += part.readableBytes
          if count > limit {
            await exchange.cancel(.unread)
            return .tooLarge
          }
          guard try await exchange.send(Array(part.readableBytesView), end: false) else {
            return .done
          }
        }
        _ = try await exchange.send([], end: true)
        return .done
      } catch {
        await exchange.cancel(.clientGone)
        return (error as? HTTPParserError).map { .malformed($0) } ?? .broken
      }
    }
  }

  /// Ends it; what was sent stays sent.
  func finish() async -> Result {
    task.cancel()
    return await task.value
  }
}
