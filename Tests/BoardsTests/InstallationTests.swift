import Boards
import Foundation
import Synchronization
import Testing

/// Applications come onto real MicroPython.
@Suite(.timeLimit(.minutes(3))) struct InstallationTests {
  static let application = """
    from httpserver import HTTPResponse, HTTPServer

    app = HTTPServer()


    @app.route("GET", "/")
    def index(conn, request):
        HTTPResponse(200, "text/plain").send(conn)
        conn.write("hello")
    """

  static func install(
    _ board: BoardUnderTest, _ files: [String: String], _ start: Installation.Start = .atBoot
  ) async throws(ManagingError) -> Installation.Report {
    let files = files.sorted { $0.key < $1.key }
      .map { Installation.File(path: $0.key, bytes: Array($0.value.utf8)) }
    return try await board.board.manage("install") { session async throws(ManagingError) in
      try await Installation(files: files, start: start).perform(session) { _ in }
    }
  }

  @Test(arguments: [false, true]) func aBoardServes(isMicroBit: Bool) async throws {
    let test = { (board: BoardUnderTest) async throws -> Void in
      let start = ContinuousClock.now
      let report = try await Self.install(board, ["app.py": Self.application])
      print("INSTALLED", report, ContinuousClock.now - start)
      try await board.board.reset(.soft)
      while await board.board.status.state != .serving {
        try await Task.sleep(for: .milliseconds(20))
        if ContinuousClock.now - start > .seconds(40) { break }
      }
      #expect(await board.board.status.state == .serving)
      print(await board.board.status.routes)
      let again = try await Self.install(board, ["app.py": Self.application])
      #expect(again.items.allSatisfy { !$0.written })
      print("AGAIN", again.seconds)
    }
    if isMicroBit {
      try await BoardUnderTest.microBit(test)
    } else {
      try await BoardUnderTest.simulated(test)
    }
  }
}
