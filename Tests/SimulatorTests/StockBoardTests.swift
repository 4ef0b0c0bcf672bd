import Glibc
import SerialIO
import Testing

@testable import Simulator

/// A board as it comes: what its REPL and its files are like.
@Suite(.serialized, .timeLimit(.minutes(5))) struct StockBoardTests {
  @Test func itsFilesAreADirectoryAndNothingElse() async throws {
    try await TestBoard.stock(files: ["lib/tool.py": "SIZE = 12\n"]) { test in
      let console = try await test.openAtPrompt()
      try await console.type("sorted(dir())")
      try await console.read(to: "\n['__file__', '__name__']\n>>> ")
      try await console.type("import os, sys, tool; tool.SIZE, sys.path, sys.argv, os.getcwd()")
      try await console.read(to: "\n(12, ['', '.frozen', '/lib'], [], '/')\n>>> ")
      try await console.type("os.listdir('/'), os.listdir(), os.listdir('/lib')")
      try await console.read(to: "\n(['lib'], ['lib'], ['tool.py'])\n>>> ")
      try await console.type("open('/etc/passwd')")
      try await console.read(to: "\nOSError: [Errno 2] ENOENT\n>>> ")
      try await console.type("f = open('/lib/new', 'w'); f.write('as written'); f.close()")
      try await console.read(to: "\n>>> ")
      #expect(try test.contents("lib/new") == "as written")
    }
  }

  @Test func itsProgramsRunFirst() async throws {
    let main = """
      import sys
      sys.stdin.buffer.read(1)
      def work():
          1 / zero
      print(__name__, __file__)
      work()
      """
    try await TestBoard.stock(files: ["boot.py": "zero = 0\n", "main.py": main]) { test in
      let console = TestConsole(try await test.openAndGo())
      let text = try await console.read(to: ">>> ")
      let expected = """
        __main__ main.py
        Traceback (most recent call last):
          File "main.py", line 6, in <module>
          File "main.py", line 4, in work
        ZeroDivisionError: divide by zero
        MicroPython
        """
      #expect(text.hasPrefix(expected), "\(text)")
      try await console.type("zero")
      try await console.read(to: "\n0\n>>> ")
    }
  }

  @Test func anInterruptEndsMainAndASoftResetStartsItAgain() async throws {
    let main = "import sys\nprint('main runs')\nwhile True: sys.stdin.buffer.read(1)\n"
    try await TestBoard.stock(files: ["main.py": main]) { test in
      let console = try await test.openAtPrompt()
      for _ in 0..<5 {
        let start = ContinuousClock.now
        try await console.write([0x04])
        let text = try await console.read(to: "main runs\n")
        print("soft reset to main.py: \((ContinuousClock.now - start) / .milliseconds(1)) ms")
        #expect(text == "\r\nMPY: soft reboot\r\nmain runs\n")
        try await console.write([0x03])
        #expect(try await console.read(to: ">>> ").contains("KeyboardInterrupt: \nMicroPython "))
      }
    }
  }

  @Test(arguments: ["", "raise SystemExit", "import sys; print(end='bye'); sys.exit(3)"])
  func aSoftResetInTheRawREPLLeadsBackThere(order: String) async throws {
    let files = ["boot.py": "print('boot')\n", "main.py": "print('main')\n"]
    try await TestBoard.stock(files: files) { test in
      let console = try await test.openAtPrompt()
      try await console.write([0x01])
      try await console.read(to: "raw REPL; CTRL-B to exit\r\n>")
      for _ in 0..<2 {
        try await console.write(Array((order + "\u{4}").utf8))
        let text = try await console.read(to: "raw REPL; CTRL-B to exit\r\n>")
        #expect(text.contains("MPY: soft reboot\r\nboot\n") && !text.contains("main"), "\(text)")
      }
      try await console.write([0x02])
      try await console.read(to: ">>> ")
      try await console.write([0x04])
      try await console.read(to: "\r\nMPY: soft reboot\r\nboot\nmain\nMicroPython ")
      try await console.read(to: ">>> ")
    }
  }

  @Test func aBoardWithoutItsFilesDoesNotStart() async throws {
    var configuration = SimulatedBoard.Configuration(.stock(files: "/no/such/directory"))
    configuration.microPython = getenv("BOARDWALK_MICROPYTHON").map { String(cString: $0) }
    let board = SimulatedBoard(configuration)
    let error = await #expect(throws: SimulatorError.self) { try await board.run() }
    #expect(error?.code == .noApplication)
  }
}
