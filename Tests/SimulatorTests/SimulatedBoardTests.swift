import Glibc
import SerialIO
import Testing

@testable import Simulator

@Suite(.serialized, .timeLimit(.minutes(5))) struct SimulatedBoardTests {
  @Test func whatTheAppWritesArrivesUnmodified() async throws {
    let app = """
      import sys
      sys.stdin.buffer.read(1)
      print("hello")
      sys.stdout.buffer.write(bytes(range(256)) * 40)
      sys.stdin.buffer.read(1)
      """
    try await TestBoard.with(app) { test in
      let line = try await test.openAndGo()
      let expected = Array("hello\n".utf8) + (0..<40).flatMap { _ in (0...255).map(UInt8.init) }
      let bytes = try await line.read { $0.count >= expected.count }
      #expect(bytes == expected)
      // The pump counts after it has written; until then the suite's time limit holds.
      while test.board.counts.toHost.bytes != expected.count { await Task.yield() }
    }
  }

  @Test(arguments: [false, true])
  func whatTheGatewayWritesArrivesUnmodified(direct: Bool) async throws {
    try await TestBoard.with(
      echoApp(block: 1000), configure: { board, _ in if direct { board.line = .direct } },
      body: { test in
        let line = try await test.openAndGo()
        try await line.read(until: "ready\n")
        let bytes = (0..<200).flatMap { _ in (0...255).map(UInt8.init) }.filter { $0 != 0x03 }
        async let echo = TestBoardEcho.read(test, count: bytes.count, from: line)
        try await line.write(Array(bytes[..<1000]))
        try await line.write(Array(bytes[1000...]))
        #expect(try await echo == bytes)
      })
  }

  @Test func anInterruptEndsAHungProgram() async throws {
    try await TestBoard.with(gate + "print('hang')\nwhile True: pass\n") { test in
      let line = try await test.openAndGo()
      try await line.read(until: "hang\n")
      try await line.write([0x03])
      let text = try await line.read(until: ">>> ")
      #expect(text.contains("Traceback (most recent call last):"))
      #expect(text.contains("KeyboardInterrupt"))
    }
  }

  @Test func anInterruptDuringTheStartDoesNotKillTheBoard() async throws {
    try await TestBoard.with(gate + "print('up')\nwhile True: pass\n") { test in
      let line = try test.open()
      let process = try await test.started()
      try await line.write([0x03, 0x03])
      // It may have come to its program in the meantime, which is interrupted then.
      try await line.write(Array("\nprint('still', 'there')\n".utf8))
      let text = try await line.read { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        return text.contains("up\n") || text.contains("still there")
      }
      #expect(!text.isEmpty && kill(process, 0) == 0)
    }
  }

  @Test func anAppThatEndsLeavesThePrompt() async throws {
    try await TestBoard.with(gate + "print('bye')\nsys.exit(3)\n") { test in
      let line = try await test.openAndGo()
      let text = try await line.read(until: ">>> ")
      #expect(text.hasPrefix("bye\n"))
      #expect(!text.contains("\r\r"))
      try await line.write(Array("print(6*7)\r".utf8))
      try await line.read(until: "\n42\n>>> ")
      // Ctrl-D: a soft reset.
      try await line.write([0x04])
      _ = try await test.started()
      _ = try await test.started()
      try await line.write([0x0A])
      try await line.read(until: "bye\n")
    }
  }

  @Test func restartStartsTheAppAgain() async throws {
    try await TestBoard.with(
      "print('again')\nraise ValueError('end')\n",
      configure: { board, _ in board.afterExit = .restart },
      body: { test in
        let line = try test.open()
        // A run's last words arrive whole, and before the next run's first ones.
        try await line.read(until: "ValueError: end\nagain\n")
        var exits = 0
        while exits < 2 {
          if case .exited(let exit) = try await test.notices.next() {
            #expect(exit == .status(1))
            exits += 1
          }
        }
      })
  }

  @Test(arguments: [false, true]) func resetStartsAnotherProcess(direct: Bool) async throws {
    try await TestBoard.with(
      gate + "print('up')\nwhile True: pass\n",
      configure: { board, _ in if direct { board.line = .direct } },
      body: { test in
        let line = try await test.openAndGo()
        let first = try await test.started()
        try await line.read(until: "up\n")
        try await test.board.reset()
        try await line.write([0x0A])
        try await line.read(until: "up\n")
        let second = try await test.started()
        #expect(first != second)
        #expect(kill(first, 0) == -1)
      })
  }

  @Test func unplugHangsUpAndPlugMakesANewLine() async throws {
    try await TestBoard.with(
      echoApp(block: 10), configure: { board, directory in board.link = directory + "/port" },
      body: { test in
        let link = test.directory + "/port"
        let line = try await test.openAndGo()
        try await line.read(until: "ready\n")
        let process = try await test.started()
        try await test.board.unplug()
        #expect(test.board.path == nil)
        #expect(access(link, F_OK) == -1)
        // A process that another test has just forked may hold the line for a moment longer.
        try await line.hangUp()
        await #expect(throws: TestFailure.self) { try await line.write([0x41]) }
        async let appears: Void = waitForPath(link)
        try await test.board.plug()
        try await appears
        let again = TestLine(try SerialPort.open(path: link))
        try await again.write(Array("same board".utf8))
        try await again.read(until: "same board")
        #expect(kill(process, 0) == 0)
      })
  }

  @Test func unpluggingADirectLineCutsThePower() async throws {
    try await TestBoard.with(
      echoApp(block: 10), configure: { board, _ in board.line = .direct },
      body: { test in
        let process = try await test.started()
        try await test.board.unplug()
        #expect(kill(process, 0) == -1)
        try await test.board.plug()
        let line = try await test.openAndGo()
        try await line.read(until: "ready\n")
      })
  }

  @Test func theAppFindsItsFilesAndPackages() async throws {
    let app = """
      import helper, gc, sys
      sys.stdin.buffer.read(1)
      print(open("app.py").read(6), helper.NAME, gc.mem_free() + gc.mem_alloc())
      print(sys.argv, __file__, sorted(dir()))
      1 / 0
      """
    try await TestBoard.with(
      app,
      configure: { board, directory in
        mkdir(directory + "/device", 0o700)
        // The program's own of this name is not in its way.
        for (path, text) in [("device/", "NAME = 'device'\n"), ("", "NAME = 'beside'\n")] {
          let file = creat(directory + "/\(path)helper.py", 0o600)
          _ = write(file, text, 16)
          close(file)
        }
        board.program = .app(directory + "/app.py", packages: [directory + "/device"])
        board.heapSize = "256k"
      },
      body: { test in
        let line = try await test.openAndGo()
        let text = try await line.read(until: ">>> ")
        #expect(text.hasPrefix("import device 2"))
        let app = test.directory + "/app.py"
        let rest = """
          ['\(app)'] \(app) ['__file__', '__name__', 'gc', 'helper', 'sys']
          Traceback (most recent call last):
            File "\(app)", line 5, in <module>
          ZeroDivisionError: divide by zero
          MicroPython
          """
        #expect(text.contains("\n" + rest), "\(text)")
      })
  }

  @Test func endingLeavesNothing() async throws {
    let (process, link) = try await TestBoard.with(
      "import time\nprint('up')\nwhile True: time.sleep(1)\n",
      configure: { board, directory in board.link = directory + "/port" },
      body: { test in
        let process = try await test.started()
        #expect(access(test.directory + "/port", F_OK) == 0)
        return (process, test.directory + "/port")
      })
    #expect(kill(process, 0) == -1)
    #expect(access(link, F_OK) == -1)
  }

  @Test func aBoardThatEndedRefusesOrders() async throws {
    let board = try await TestBoard.with(echoApp(block: 10)) { $0.board }
    await #expect(throws: SimulatorError.self) { try await board.reset() }
    await #expect(throws: SimulatorError.self) { try await board.run() }
  }

  @Test func whatIsMissingIsNamed() async throws {
    let noApp = SimulatedBoard(.init(.app("/tmp/no-such-app.py")))
    var error = await #expect(throws: SimulatorError.self) { try await noApp.run() }
    #expect(error?.code == .noApplication)
    var configuration = SimulatedBoard.Configuration(.app("/dev/null"))
    configuration.microPython = "/no/such/micropython"
    let noProgram = SimulatedBoard(configuration)
    error = await #expect(throws: SimulatorError.self) { try await noProgram.run() }
    #expect(error?.code == .noMicroPython)
    configuration.microPython = getenv("BOARDWALK_MICROPYTHON").map { String(cString: $0) }
    configuration.link = "/etc/passwd"
    let noLink = SimulatedBoard(configuration)
    error = await #expect(throws: SimulatorError.self) { try await noLink.run() }
    #expect(error?.code == .linkFailed)
  }

  /// In a process of its own, where nobody else opens descriptors.
  @Test func twentyRunsLeakNothing() async {
    await #expect(processExitsWith: .success) {
      func cycle(_ number: Int) async throws {
        try await TestBoard.with(
          echoApp(block: 10),
          configure: { board, _ in if number % 2 == 1 { board.line = .direct } },
          body: { test in
            let line = try await test.openAndGo()
            try await line.read(until: "ready\n")
          })
      }
      func openDescriptors() -> Int { (0..<1024).count { fcntl($0, F_GETFD) >= 0 } }
      for number in 0..<2 { try await cycle(number) }
      // Dispatch keeps a descriptor for each kind of timer from its first use on.
      try await Task.sleep(for: .milliseconds(50))
      let before = openDescriptors()
      for number in 0..<20 { try await cycle(number) }
      let deadline = ContinuousClock.now + .seconds(60)
      while openDescriptors() > before {
        if .now > deadline { exit(2) }
        try await Task.sleep(for: .milliseconds(5))
      }
      // No child is left, not even one that waits to be collected.
      exit(waitpid(-1, nil, WNOHANG) == -1 && errno == ECHILD ? 0 : 3)
    }
  }
}

enum TestBoardEcho {
  /// Reads on a queue of its own, so that it goes on while the same line is written to.
  static func read(_ test: TestBoard, count: Int, from line: TestLine) async throws -> [UInt8] {
    let reader = TestReader(line.descriptor)
    return try await reader.read(count: count)
  }
}

/// Makes an app wait until the test has opened the line.
let gate = "import sys\nsys.stdin.buffer.read(1)\n"
