import SerialIO
import Testing

@testable import Simulator

/// What a byte 03 does in each state of the board, and that no other byte does anything.
@Suite(.serialized, .timeLimit(.minutes(5))) struct InterruptTests {
  @Test(arguments: TestConsole.Way.allCases)
  func aHungProgramIsInterrupted(way: TestConsole.Way) async throws {
    try await TestBoard.stock { test in
      let console = try await test.openAtPrompt()
      try await console.run("print('ha' + 'ng')\nwhile True: pass", way)
      try await console.read(to: "hang\n")
      try await console.write([0x03])
      #expect(try await console.end(way).contains("KeyboardInterrupt: "))
    }
  }

  @Test(arguments: TestConsole.Way.allCases)
  func aProgramThatWaitsIsInterrupted(way: TestConsole.Way) async throws {
    try await TestBoard.stock { test in
      let console = try await test.openAtPrompt()
      for wait in ["sys.stdin.buffer.read(100)", "poller.poll()", "time.sleep(30)"] {
        let code = """
          import select, sys, time
          poller = select.poll()
          poller.register(sys.stdin, select.POLLIN)
          print('wa' + 'it')
          \(wait)
          """
        try await console.run(code, way)
        try await console.read(to: "wait\n")
        try await console.write([0x03, 0x03])
        #expect(try await console.end(way).contains("KeyboardInterrupt: "))
      }
    }
  }

  @Test func anInterruptIsACharacterToTheREPL() async throws {
    try await TestBoard.stock { test in
      let console = try await test.openAtPrompt()
      try await console.write(Array("x = 1".utf8) + [0x03])
      try await console.read(to: "x = 1\r\n>>> ")
      try await console.write([0x01])
      try await console.read(to: "to exit\r\n>")
      try await console.write(Array("junk\u{3}\u{3}print(7)\u{4}".utf8))
      try await console.read(to: "OK7\n\u{4}\u{4}>")
      // In the middle of a paste it ends the paste.
      try await console.write([0x05, 0x41, 0x01])
      try await console.read(to: "R\u{1}")
      try await console.write(Array("print(8)\u{3}".utf8))
      try await console.read(to: "KeyboardInterrupt: \n\u{4}>")
      try await console.write(Array("print(9)\u{4}".utf8))
      try await console.read(to: "OK9\n\u{4}\u{4}>")
    }
  }

  @Test(arguments: TestConsole.Way.allCases)
  func allOtherBytesArrive(way: TestConsole.Way) async throws {
    try await TestBoard.stock { test in
      let console = try await test.openAtPrompt()
      let bytes = (0..<40).flatMap { _ in (0...255).map(UInt8.init) }.filter { $0 != 0x03 }
      #expect(try await console.echo(bytes, way).elementsEqual(bytes))
    }
  }

  /// Sent before the program reads, and so while the REPL changes the terminal's mode.
  @Test(arguments: [TestConsole.Way.raw, .rawPaste])
  func bytesThatComeEarlyArrive(way: TestConsole.Way) async throws {
    try await TestBoard.stock { test in
      let console = try await test.openAtPrompt()
      for round in 0..<20 {
        let bytes = (0...255).map { UInt8($0 ^ round) }.filter { $0 != 0x03 }
        let code = """
          import sys
          sys.stdout.buffer.write(sys.stdin.buffer.read(\(bytes.count)))
          """
        try await console.run(code, way, followedBy: bytes)
        #expect(try await console.read(count: bytes.count) == bytes)
        try await console.end(way)
      }
    }
  }

  @Test(arguments: TestConsole.Way.allCases)
  func aProgramCanTakeInterruptsAsBytes(way: TestConsole.Way) async throws {
    try await TestBoard.stock { test in
      let console = try await test.openAtPrompt()
      let bytes = (0..<20).flatMap { _ in (0...255).map(UInt8.init) }
      let first = "import micropython\nmicropython.kbd_intr(-1)"
      #expect(try await console.echo(bytes, way, first: first).elementsEqual(bytes))
    }
  }

  @Test func aProgramMayCatchAnInterruptAndGoOn() async throws {
    let main = """
      while True:
          try:
              print("runs")
              while True: pass
          except KeyboardInterrupt:
              print("interrupted")
      """
    try await TestBoard.with(gate + main) { test in
      let console = TestConsole(try await test.openAndGo())
      try await console.read(to: "runs\n")
      for _ in 0..<5 {
        try await console.write([0x03, 0x03, 0x03])
        #expect(try await console.read(to: "runs\n") == "interrupted\nruns\n")
      }
    }
  }
}
