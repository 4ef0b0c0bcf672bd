import Boards
import Foundation
import LinkProtocol
import MonotonicTime
import Testing

/// Applications come onto real MicroPython, and serve.
@Suite(.timeLimit(.minutes(5))) struct InstallationTests {
  static let blocking = """
    from httpserver import HTTPResponse, HTTPServer

    app = HTTPServer()


    @app.route("GET", "/hello")
    def index(conn, request):
        HTTPResponse(200, "text/plain").send(conn)
        conn.write("hello")
    """

  static let asynchronous = """
    import asyncio
    from ahttpserver import HTTPResponse, HTTPServer

    app = HTTPServer()


    @app.route("GET", "/hello")
    async def index(reader, writer, request):
        await HTTPResponse(200, "text/plain").send(writer)


    async def main():
        await app.start()
        while True:
            await asyncio.sleep(1)


    if __name__ == "__main__":
        asyncio.run(main())
    """

  /// It has a route only when it is the main program.
  static let prepared = """
    from httpserver import HTTPResponse, HTTPServer

    app = HTTPServer()


    def index(conn, request):
        HTTPResponse(200, "text/plain").send(conn)


    if __name__ == "__main__":
        app.route("GET", "/hello")(index)
        app.start()
    """

  static func main(of board: BoardUnderTest) -> String {
    let bytes = FileManager.default.contents(atPath: board.directory + "/main.py") ?? Data()
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: Serving

  @Test(arguments: [
    blocking, asynchronous, prepared, asynchronous.replacing("\n", with: "\r\n"),
  ]) func aStockBoardServes(app: String) async throws {
    try await BoardUnderTest.simulated { board in
      let report = try await board.install(["app.py": app])
      #expect(report.format == "mpy" && report.packages.count == 1 && report.removed.isEmpty)
      #expect(!report.items.map(\.written).contains(false))
      #expect(report.items.map(\.path).contains("/lib/boardlink/link.mpy"))
      try await board.startAndServe()

      let again = try await board.install(["app.py": app])
      #expect(again.items.map(\.path) == report.items.map(\.path))
      #expect(!again.items.map(\.written).contains(true))
      try await board.startAndServe()
    }
  }

  @Test func aStockMicroBitServes() async throws {
    try await BoardUnderTest.microBit { board in
      let report = try await board.install(["app.py": Self.blocking])
      #expect(report.packages == ["small"] && report.format == "py")
      try await board.startAndServe()
      let again = try await board.install(["app.py": Self.blocking])
      #expect(!again.items.map(\.written).contains(true))

      // What does not compile changes nothing.
      await #expect(
        throws: ManagingError(.badApplication("app.py line 2: SyntaxError: invalid syntax"))
      ) {
        try await board.install(["app.py": "app = 1\nif = 2\n"])
      }
      try await board.startAndServe()
      try await board.install(["app.py": Self.prepared])
      try await board.startAndServe()

      await #expect {
        try await board.install(["app.py": Self.asynchronous])
      } throws: { error in
        guard case .unsupported = (error as? ManagingError)?.cause else { return false }
        return true
      }
      try await board.startAndServe()
    }
  }

  @Test func aMicroBitIsInstalledAgainAndAgain() async throws {
    try await BoardUnderTest.microBit { board in
      // Its file system clears up again and again; of the largest there is no room for two.
      for (round, size) in [1500, 1500, 1500, 1500, 1500, 4500, 4400, 1500].enumerated() {
        let filler = String(repeating: "#", count: size)
        let report = try await board.install(["app.py": Self.blocking + "\(filler)\(round)\n"])
        #expect(report.items.filter(\.written).map(\.path).contains("/app.py"))
        try await board.startAndServe()
      }
    }
  }

  @Test func anApplicationRunsWithoutBeingStartedAtPowerUp() async throws {
    try await BoardUnderTest.simulated { board in
      let report = try await board.install(["app.py": Self.asynchronous], .now)
      #expect(try await board.entry("main.py") == nil)
      try await board.board.startProgram(Array(try #require(report.program).utf8))
      try await board.waitUntilServing()
    }
  }

  @Test func aProgramIsRunAsMainUnlessItsServerIsAllThatIsLeftToStart() async throws {
    let head = "from httpserver import HTTPServer\nserver = HTTPServer(timeout=1)\n"
    let main = "if __name__ == '__main__':"
    let left = [
      "", "other.start()\n", "\(main)\n\tserver.start()  # for ever\n", "\(main) server.start()\n",
    ]
    let others = [
      "\(main)\n  led = 1\n  server.start()\n", "\(main)\n  server.start()\nprint()\n",
      "\(main) led = 1; server.start()\n", "\(main)\n  run()\n", "\(main)\n    other.start()\n",
    ]
    try await BoardUnderTest.simulated { board in
      for end in ["\n", "\r\n"] {
        for (rest, start) in left.map({ ($0, "from app import server\n\nserver.start()\n") })
          + others.map({ ($0, "execfile('app.py')\n") })
          + [("server.start()\n", "import app\n"), ("run(server.start)\n", "import app\n")]
        {
          let app = (head + rest).replacing("\n", with: end)
          let program = try await board.install(["app.py": app], .now).program
          #expect(program == start, "\(rest)")
        }
      }
    }
  }

  // MARK: Broken applications

  @Test func aSyntaxErrorLeavesTheOldApplication() async throws {
    try await BoardUnderTest.simulated { board in
      try await board.install(["app.py": Self.blocking, "part.py": "x = 1\n"])
      let before = try await board.files { files async throws(ManagingError) in
        try await files.list("/", recursive: true, checksums: true)
      }
      await #expect(
        throws: ManagingError(.badApplication("part.py line 3: SyntaxError: invalid syntax"))
      ) {
        try await board.install(["app.py": Self.blocking + "\n", "part.py": "x = 1\n\ny = = 2\n"])
      }
      let after = try await board.files { files async throws(ManagingError) in
        try await files.list("/", recursive: true, checksums: true)
      }
      #expect(after == before)
      try await board.startAndServe()
    }
  }

  @Test(arguments: ["boot.py", "time.py", "ahttpserver.py", "boardlink/app.py"])
  func aProgramWithANameThatIsTaken(name: String) async throws {
    try await BoardUnderTest.simulated { board in
      await #expect {
        try await board.install([name: Self.blocking])
      } throws: { error in
        guard case .badApplication(let why) = (error as? ManagingError)?.cause else { return false }
        return why.hasPrefix(name) && why.contains("app.py")
      }
      let names = try await board.list("/").map(\.path)
      #expect(names.isEmpty)
    }
  }

  @Test func aSyntaxErrorLeavesNothingOfANewApplication() async throws {
    try await BoardUnderTest.simulated { board in
      await #expect(
        throws: ManagingError(.badApplication("app.py line 1: SyntaxError: invalid syntax"))
      ) {
        try await board.install(["app.py": "if = 1\n"])
      }
      let names = try await board.list("/").map(\.path)
      #expect(names == ["/lib"])
    }
  }

  @Test func anApplicationThatFailsOrHangsLocksNobodyOut() async throws {
    try await BoardUnderTest.simulated { board in
      for app in [
        "import nothing_of_this_name\n", "while True:\n    pass\n",
        "import micropython\nmicropython.kbd_intr(-1)\nimport machine\nmachine.soft_reset()\n",
      ] {
        try await board.install(["app.py": app])
        try await board.board.reset(.soft)
      }
      try await board.install(["app.py": Self.blocking])
      try await board.startAndServe()
    }
  }

  @Test func aNameThatCannotBeImportedIsRefused() async throws {
    try await BoardUnderTest.simulated { board in
      for name in ["my-app.py", "1.py", "class.py", "a b.py"] {
        await #expect {
          try await board.install([name: "x = 1\n"])
        } throws: { error in
          guard case .badApplication(let why) = (error as? ManagingError)?.cause else {
            return false
          }
          return why.hasPrefix(name)
        }
      }
      let files = try await board.list("/")
      #expect(files.isEmpty)
    }
  }

  // MARK: What was there before

  @Test func theUsersOwnMainIsKept() async throws {
    try await BoardUnderTest.simulated { board in
      try await board.write("main.py", Array("print('mine')\n".utf8))
      let report = try await board.install(["app.py": Self.blocking])
      #expect(report.items.last?.keptAs == "/main.py.bak")
      #expect(try await board.read("main.py.bak") == Array("print('mine')\n".utf8))
      // Another one of an installation is not the user's.
      let next = try await board.install(["other.py": Self.blocking])
      #expect(next.items.last?.path == "/main.py" && next.items.last?.keptAs == nil)
      #expect(Self.main(of: board).contains("from other import app"))
      // An application that is main.py itself needs none.
      try await board.install(["main.py": "print('mine')\n"])
      #expect(Self.main(of: board) == "print('mine')\n")
      try await board.write("main.py", Array("print('mine, too')\n".utf8))
      let last = try await board.install(["app.py": Self.blocking])
      #expect(last.items.last?.keptAs == "/main.py.bak2")
    }
  }

  @Test func sourceThatWouldBeImportedInPlaceOfBytecodeGoes() async throws {
    try await BoardUnderTest.simulated { board in
      try await board.files { files async throws(ManagingError) in
        _ = try await files.write("lib/httpserver/url.py", [], parents: true) { _ in }
        _ = try await files.write("lib/other.py", [], parents: true) { _ in }
      }
      let report = try await board.install(["app.py": Self.blocking])
      #expect(report.removed == ["/lib/httpserver/url.py"])
      #expect(try await board.entry("lib/other.py") != nil)

      try await board.write("httpserver.py", [])
      await #expect {
        try await board.install(["app.py": Self.blocking])
      } throws: { error in
        guard case .conflict(let why) = (error as? ManagingError)?.cause else { return false }
        return why.contains("/httpserver.py in place of /lib/httpserver")
      }
    }
  }

  @Test(arguments: [
    ("httpserver/url.py", "/httpserver in place of /lib/httpserver"),
    ("boardlink.py", "/boardlink.py in place of /lib/boardlink"),
    ("lib/httpserver/url.py", "/lib/httpserver/url.py in place of /lib/httpserver/url.mpy"),
  ])
  func aFileThatWouldBeImportedInPlaceOfThePackageIsRefused(
    name: String, words: String
  ) async throws {
    try await BoardUnderTest.simulated { board in
      await #expect {
        try await board.install(["app.py": Self.blocking, name: ""])
      } throws: { error in
        guard case .badApplication(let why) = (error as? ManagingError)?.cause else { return false }
        return why.contains(words)
      }
      let names = try await board.list("/").map(\.path)
      #expect(names.isEmpty)
    }
  }
}

extension BoardUnderTest {
  @discardableResult
  func install(
    _ files: [String: String], _ start: Installation.Start = .atBoot
  ) async throws(ManagingError) -> Installation.Report {
    let files = files.sorted { $0.key < $1.key }
      .map { Installation.File(path: $0.key, bytes: Array($0.value.utf8)) }
    return try await board.manage("install") { session async throws(ManagingError) in
      try await Installation(files: files, start: start).perform(session) { _ in }
    }
  }

  /// Has main.py start the application.
  func startAndServe() async throws {
    try await board.reset(.soft)
    try await waitUntilServing()
  }

  func waitUntilServing() async throws {
    let deadline = Instant.now + .seconds(60)
    while await board.status.routes.map(\.path) != ["/hello"] {
      let state = await board.state
      try #require(Instant.now < deadline, "\(state)")
      try await Task.sleep(for: .milliseconds(10))
    }
  }
}
