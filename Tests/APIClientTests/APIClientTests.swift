import Foundation
import Testing

@testable import APIClient

@Suite struct APIClientTests {
  private struct Done: Decodable, Equatable { var written: Bool }

  private static let problem = """
    {"type":"urn:boardwalk:problem:no-room","title":"Full","status":507,"detail":"No room.",\
    "traceback":"T"}
    """

  private static func events(_ body: String) -> [String] {
    ["HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n", body]
  }

  private func failure(_ body: () async throws -> Void) async -> APIError? {
    do {
      try await body()
      return nil
    } catch {
      return error as? APIError
    }
  }

  // MARK: Whole answers

  @Test func aRequestWithABody() async throws {
    let server = try CannedServer(["HTTP/1.1 201 Created\r\nETag: \"x\"\r\n\r\n"])
    defer { server.stop() }
    let request = APIRequest(.put, "/a%20b?x=1", body: Array("hello".utf8))
    let answer = try await APIClient(address: server.address).send(request)
    #expect(answer.head.status == 201)
    #expect(answer.head["etag"] == "\"x\"")
    #expect(answer.body.isEmpty)
    let received = server.received[0]
    #expect(received.hasPrefix("PUT /a%20b?x=1 HTTP/1.1\r\n"))
    #expect(received.contains("Host: localhost\r\n"))
    #expect(received.hasSuffix("\r\n\r\nhello"))
  }

  @Test func aHeadHasNoBody() async throws {
    let server = try CannedServer(["HTTP/1.1 200 OK\r\nContent-Length: 123\r\n\r\n"], .stayOpen)
    defer { server.stop() }
    let answer = try await APIClient(address: server.address).send(APIRequest(.head, "/"))
    #expect(answer.head["Content-Length"] == "123")
  }

  @Test func aRefusal() async throws {
    let server = try CannedServer([
      "HTTP/1.1 507 X\r\nContent-Length: \(Self.problem.utf8.count)\r\n\r\n", Self.problem,
    ])
    defer { server.stop() }
    let error = await failure {
      try await APIClient(address: server.address).send(APIRequest(.delete, "/"))
    }
    #expect(error?.code == .refused)
    #expect(error?.problem?.kind == "no-room")
    #expect(error?.problem?.detail == "No room.")
    #expect(error?.problem?.traceback == "T")
  }

  /// The answer counts, though the request cannot be sent to its end.
  @Test func aRefusalBeforeTheBodyIsSent() async throws {
    let server = try CannedServer(
      [
        "HTTP/1.1 413 X\r\nContent-Length: \(Self.problem.utf8.count)\r\n\r\n" + Self.problem
      ], readsBody: false)
    defer { server.stop() }
    for _ in 0..<20 {
      let request = APIRequest(.put, "/", body: [UInt8](repeating: 0, count: 8 << 20))
      let error = await failure { try await APIClient(address: server.address).send(request) }
      #expect(error?.problem?.kind == "no-room")
    }
  }

  @Test func tooMuch() async throws {
    let server = try CannedServer(["HTTP/1.1 200 OK\r\n\r\n", String(repeating: "x", count: 101)])
    defer { server.stop() }
    let client = APIClient(address: server.address, largestBody: 100)
    #expect(await failure { try await client.send(APIRequest(.get, "/")) }?.code == .badResponse)
  }

  @Test func bytesThatComeOneByOneKeepNoRequestAlive() async throws {
    let dribble = [String](repeating: "x", count: 2000)
    let server = try CannedServer(["HTTP/1.1 200 OK\r\n\r\n"] + dribble)
    defer { server.stop() }
    let client = APIClient(address: server.address, deadline: .milliseconds(300))
    #expect(await failure { try await client.send(APIRequest(.get, "/")) }?.code == .timedOut)
  }

  @Test func nobodyThere() async throws {
    let address = GatewayAddress(socketPath: "/tmp/boardwalk-nobody")
    let error = await failure {
      try await APIClient(address: address).send(APIRequest(.get, "/"))
    }
    #expect(error?.code == .unreachable)
    #expect(error?.description.contains("unix:/tmp/boardwalk-nobody") ?? false)
  }

  // MARK: Bodies

  @Test func aBodyInPieces() async throws {
    let server = try CannedServer(["HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nab", "cd", "ef"])
    defer { server.stop() }
    let body = try await APIClient(address: server.address)
      .stream(APIRequest(.get, "/"), silence: .seconds(5))
    var bytes: [UInt8] = []
    for try await piece in body { bytes += piece }
    #expect(bytes == Array("abcdef".utf8))
  }

  @Test func aBodyThatIsCutOff() async throws {
    let server = try CannedServer(["HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nab", "cd"])
    defer { server.stop() }
    let body = try await APIClient(address: server.address)
      .stream(APIRequest(.get, "/"), silence: .seconds(5))
    let error = await failure { for try await _ in body {} }
    #expect(error?.code == .ended)
  }

  @Test func silence() async throws {
    let server = try CannedServer(["HTTP/1.1 200 OK\r\n\r\n"], .stayOpen)
    defer { server.stop() }
    let body = try await APIClient(address: server.address)
      .stream(APIRequest(.get, "/"), silence: .milliseconds(100))
    #expect(await failure { for try await _ in body {} }?.code == .timedOut)
  }

  /// What nobody reads any more is not to go on at the gateway.
  @Test func cancellationClosesTheConnection() async throws {
    let server = try CannedServer(["HTTP/1.1 200 OK\r\n\r\nx"], .stayOpen)
    defer { server.stop() }
    let (begun, hasBegun) = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      let body = try await APIClient(address: server.address)
        .stream(APIRequest(.get, "/"), silence: nil)
      for try await _ in body { hasBegun.yield() }
    }
    for await _ in begun { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    let deadline = ContinuousClock.now + .seconds(60)
    while server.goneCount == 0, .now < deadline { try await Task.sleep(for: .milliseconds(5)) }
    #expect(server.goneCount == 1)
  }

  // MARK: Events

  private func perform(
    _ server: CannedServer, limit: Int = 1 << 20
  ) async throws -> (done: Done, progress: [String]) {
    defer { server.stop() }
    var progress: [String] = []
    let done: Done = try await APIClient(address: server.address, largestBody: limit).perform(
      APIRequest(.put, "/", body: []), silence: .seconds(5)
    ) { progress.append($0.type + " " + $0.data) }
    return (done, progress)
  }

  @Test func progressAndItsEnd() async throws {
    let server = try CannedServer(
      Self.events(
        """
        :\n\nevent: progress\ndata: {"done":1}\n\n:\n\nevent: output\ndata: {"text":"x"}\n\n\
        event: done\ndata: {"written":true}\n\n
        """), .stayOpen)
    let (done, progress) = try await perform(server)
    #expect(done == Done(written: true))
    #expect(progress == [#"progress {"done":1}"#, #"output {"text":"x"}"#])
    #expect(server.received[0].contains("Accept: text/event-stream\r\n"))
  }

  @Test func aProblemAsTheLastEvent() async throws {
    let server = try CannedServer(
      Self.events("event: progress\ndata: {}\n\nevent: problem\ndata: \(Self.problem)\n\n"))
    let error = await failure { _ = try await perform(server) }
    #expect(error?.code == .refused)
    #expect(error?.status == 507)
    #expect(error?.problem?.kind == "no-room")
  }

  @Test func eventsThatAreCutOff() async throws {
    let server = try CannedServer(Self.events("event: progress\ndata: {}\n\nevent: do"))
    #expect(await failure { _ = try await perform(server) }?.code == .ended)
  }

  @Test func anEventThatIsTooLarge() async throws {
    let server = try CannedServer(
      Self.events("event: output\ndata: \(String(repeating: "x", count: 2000))\n\n"))
    #expect(await failure { _ = try await perform(server, limit: 1000) }?.code == .badResponse)
  }

  @Test func anAnswerWithoutEvents() async throws {
    let server = try CannedServer([
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"written\":false}"
    ])
    #expect(try await perform(server).done == Done(written: false))
  }

  @Test func percentEncoding() {
    #expect("a b/ü~".percentEncoded == "a%20b%2f%c3%bc~")
    #expect("/lib/a b%.py".percentEncodedPath == "/lib/a%20b%25.py")
  }
}
