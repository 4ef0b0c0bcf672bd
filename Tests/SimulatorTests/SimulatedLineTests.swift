import Glibc
import SerialIO
import Simulator
import Testing

/// What the line between MicroPython and the gateway does, with real bytes and a real clock.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SimulatedLineTests {
  /// A line is never faster than its rate. How near it comes is for a benchmark: on a machine that
  /// is busy it may be much slower, but not ten times.
  private func expectRate(bytes: Int, since start: ContinuousClock.Instant, baud: Int) {
    let time = (ContinuousClock.now - start) / .seconds(1)
    let ratio = Double(bytes * 10) / Double(baud) / time
    #expect(ratio < 1.02)
    #expect(ratio > 0.1)
  }

  @Test(arguments: [9600, 115_200, 921_600]) func aRateIsKeptFromTheBoard(baud: Int) async throws {
    let count = baud / 10 * 3 / 2
    let app = """
      import sys
      sys.stdin.buffer.read(1)
      block = bytes(256)
      for _ in range(\(count / 256 + 1)): sys.stdout.buffer.write(block)
      sys.stdin.buffer.read(1)
      """
    try await TestBoard.with(
      app, configure: { board, _ in board.line = .pumped(.init(baud: baud)) },
      body: { test in
        let start = ContinuousClock.now
        let line = try await test.openAndGo()
        let bytes = try await line.read { $0.count >= count }
        expectRate(bytes: bytes.count, since: start, baud: baud)
      })
  }

  @Test func aRateIsKeptToTheBoard() async throws {
    let baud = 115_200
    let count = 16_384
    let app = """
      import sys
      sys.stdin.buffer.read(1)
      sys.stdout.buffer.write(b"ready\\n")
      left = \(count)
      space = bytearray(1024)
      while left > 0: left -= sys.stdin.buffer.readinto(space)
      sys.stdout.buffer.write(b"done\\n")
      sys.stdin.buffer.read(1)
      """
    try await TestBoard.with(
      app, configure: { board, _ in board.line = .pumped(.init(baud: baud)) },
      body: { test in
        let line = try await test.openAndGo()
        try await line.read(until: "ready\n")
        let start = ContinuousClock.now
        try await line.write([UInt8](repeating: 0x55, count: count))
        try await line.read(until: "done\n")
        expectRate(bytes: count, since: start, baud: baud)
      })
  }

  @Test func faultsComeAtTheirRateAndAgain() async throws {
    let count = 100_000
    let app = """
      import sys
      sys.stdin.buffer.read(1)
      block = b"U" * 1000
      for _ in range(\(count / 1000)): sys.stdout.buffer.write(block)
      sys.stdin.buffer.read(1)
      """
    var runs: [[UInt8]] = []
    for _ in 0..<2 {
      let bytes = try await TestBoard.with(
        app,
        configure: { board, _ in
          var options = SimulatedBoard.LineOptions(seed: 42)
          options.faultsToHost = LineFaults(corrupt: 0.01, drop: 0.01)
          board.line = .pumped(options)
        },
        body: { test in
          let line = try await test.openAndGo()
          let board = test.board
          // Drops are counted before what is left is passed on.
          let bytes = try await line.read {
            $0.count + board.counts.toHost.dropped == count
          }
          let counts = board.counts.toHost
          // Five standard deviations.
          #expect(abs(counts.dropped - 1000) < 160)
          #expect(abs(counts.corrupted - 990) < 160)
          #expect(bytes.count { $0 != 0x55 } == counts.corrupted)
          #expect(board.counts.toBoard.bytes == 1)
          return bytes
        })
      runs.append(bytes)
    }
    #expect(runs[0] == runs[1])
  }

  @Test func aReaderThatWaitsHoldsTheBoardBackAndNotTheOtherDirection() async throws {
    // The app writes far more than the line holds, while another thread of it answers.
    let app = """
      import sys, _thread
      def talk():
          for _ in range(200): sys.stdout.buffer.write(b"x" * 1000)
          sys.stdout.buffer.write(b"end")
      sys.stdin.buffer.read(1)
      _thread.start_new_thread(talk, ())
      left = 50000
      space = bytearray(1000)
      while left > 0: left -= sys.stdin.buffer.readinto(space)
      open("taken", "w").close()
      sys.stdin.buffer.read(1)
      """
    try await TestBoard.with(app) { test in
      let line = try await test.openAndGo()
      // Nothing is read yet: the way to the host fills up, the way to the board stays open.
      try await line.write([UInt8](repeating: 0x55, count: 50_000))
      try await waitForPath(test.directory + "/taken")
      let bytes = try await line.read { $0.count >= 200_003 }
      #expect(bytes.count == 200_003)
      #expect(bytes.suffix(3).elementsEqual("end".utf8))
    }
  }

  @Test(arguments: [false, true]) func pingPongLatency(direct: Bool) async throws {
    try await TestBoard.with(
      echoApp(block: 64), configure: { board, _ in if direct { board.line = .direct } },
      body: { test in
        let line = try await test.openAndGo()
        try await line.read(until: "ready\n")
        let times = try await line.blocking { descriptor in
          let message = [UInt8](repeating: 0x41, count: 64)
          return try (0..<5000).map { _ in
            let start = ContinuousClock.now
            try TestLine.write(message, to: descriptor)
            _ = try TestLine.read(from: descriptor) { $0.count >= 64 }
            return (.now - start) / .microseconds(1)
          }.sorted()
        }
        print(
          "64-byte echo \(direct ? "direct" : "pumped"):",
          "p50 \(times[2500]) µs, p90 \(times[4500]) µs, p99 \(times[4950]) µs")
        #expect(times[2500] < 5000)
      })
  }
}
