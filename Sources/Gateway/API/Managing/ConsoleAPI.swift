import Boards
import HTTPTypes
import HummingbirdCore

/// `…/console`: what a board writes besides frames, as it comes, and what is typed there.
struct ConsoleAPI {
  /// Most bytes that are typed at once.
  private static let mostTyped = 4096

  let board: Board

  /// `POST`: types the body.
  ///
  /// - Throws: ``Problem``; `CancellationError` when the client has gone.
  func type(_ request: Request) async throws -> Production.Work {
    let bytes = try await request.wholeBody(
      limit: Self.mostTyped, advice: "type it in several requests")
    return { [board] _ in
      try await board.type(bytes)
      return Reply(status: .noContent)
    }
  }

  /// `GET`: until the client goes. `HEAD` ends at once.
  func follow(_ request: Request) -> Production.Work {
    var head = HTTPResponse(status: .ok)
    head.headerFields[.contentType] = "application/octet-stream"
    head.headerFields[.cacheControl] = "no-cache"
    guard request.method != .head else {
      var reply = Reply(status: .ok)
      reply.head = head
      return { [reply] _ in reply }
    }
    return { [board, head] outflow in
      let output = await board.consoleOutput()
      outflow.begin(head)
      do {
        for await bytes in output { try await outflow.write(bytes) }
      } catch {
        // The client has gone, or the gateway stops: that is how a console's output ends.
      }
      return nil
    }
  }
}
