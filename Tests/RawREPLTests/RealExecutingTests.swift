import RawREPL
import Testing

/// Running code on real MicroPythons, and leaving them.
@Suite(.serialized, .timeLimit(.minutes(5))) struct RealExecutingTests {
  @Test(arguments: MachineKind.allCases, [false, true])
  func codeOfAnyLength(kind: MachineKind, isProgram: Bool) async throws {
    try await kind.with { board in
      try board.enter()
      for size in [0, 1, 10, 60, 61, 62, 63, 100, 300, 700, 1500] {
        let comment = String(repeating: "#", count: 80)
        let lines = size / 100
        var code = "n = 0\n" + String(repeating: "n += 1 \(comment)\n", count: lines) + "print(n)"
        code += String(repeating: " ", count: max(0, size - code.utf8.count))
        let result = try board.execute(code, isProgram: isProgram)
        #expect(result == ("\(lines)\n", ""), "\(size)")
      }
      #expect(try board.execute("") == ("", ""))
    }
  }

  @Test func muchCode() async throws {
    try await MachineKind.unixPort.with { board in
      try board.enter()
      for lines in [40, 4000] {
        let code = "n = 0\n" + String(repeating: "n += 1 # and one more\n", count: lines)
        #expect(try board.execute(code + "print(n)") == ("\(lines)\n", ""))
      }
      #expect(board.repl.inputWindow == 128)
    }
  }

  @Test(arguments: MachineKind.allCases) func everyByteOfOutputButOne(kind: MachineKind)
    async throws
  {
    try await kind.with { board in
      try board.enter()
      let write =
        kind == .unixPort
        ? "import sys\nw=sys.stdout.buffer.write" : "import microbit\nw=microbit.uart.write"
      let code = "\(write)\nfor i in range(256):\n if i!=4: w(bytes([i]))"
      #expect(try board.executeForBytes(code) == (0...255).filter { $0 != 4 })
    }
  }

  @Test(arguments: MachineKind.allCases) func everyByteOfCode(kind: MachineKind) async throws {
    try await kind.with { board in
      try board.enter()
      let text = "quotes \"' \\\\ and \t, ä, €; and so on, until it is more than a piece"
      let result = try board.execute("t = '''\(text.replacing("'", with: "\\'"))\n'''\nprint(t)")
      #expect(result == (text.replacing("\\\\", with: "\\") + "\n\n", ""))
    }
  }

  @Test(arguments: MachineKind.allCases) func tracebacks(kind: MachineKind) async throws {
    try await kind.with { board in
      try board.enter()
      let filler = String(repeating: "# filler\n", count: 20)
      for start in ["", filler] {
        let raised = try board.execute(start + "print('before')\nraise ValueError('this')")
        #expect(raised.output == "before\n")
        #expect(raised.error.contains("ValueError: this"))
        let wrong = try board.execute(start + "print('before')\nif:\n" + start)
        #expect(wrong.output == "")
        #expect(wrong.error.contains("line \(start.isEmpty ? 2 : 22)"))
        #expect(wrong.error.contains("SyntaxError"))
      }
    }
  }

  @Test func codeThatIsTooLongForTheBoard() async throws {
    try await MachineKind.microbit.with { board in
      try board.enter()
      let code = String(repeating: "a = 'it is too much'\n", count: 500)
      #expect(try board.execute(code).error.contains("MemoryError"))
      #expect(
        try board.execute("import gc\ngc.collect()\nprint(gc.mem_free() > 9000)").output == "True\n"
      )
    }
  }

  @Test(arguments: MachineKind.allCases) func aLimit(kind: MachineKind) async throws {
    try await kind.with { board in
      try board.enter()
      for program in [
        "print('go')\nwhile True: pass",
        "try:\n while True: pass\nexcept KeyboardInterrupt: pass\nprint('go')\nwhile True: pass",
        "while True: print('go')",
      ] {
        let error = #expect(throws: RawREPLError.self) {
          try board.execute(program, limit: .milliseconds(200))
        }
        #expect(error?.code == .timedOut)
        #expect(error?.message.contains("go\\n") == true)
        #expect(board.repl.state == .ready)
        #expect(try board.execute("print(1)") == ("1\n", ""))
      }
      let error = #expect(throws: RawREPLError.self) {
        try board.execute(
          "import micropython\nmicropython.kbd_intr(-1)\nwhile True: pass",
          limit: .milliseconds(200))
      }
      #expect(error?.code == .notEnded)
      #expect(board.repl.state == .idle)
    }
  }

  @Test(arguments: MachineKind.allCases) func anInterrupt(kind: MachineKind) async throws {
    try await kind.with { board in
      try board.enter()
      let result = try board.execute("print('go')\nwhile True: pass", interrupts: true)
      #expect(result.output == "go\n")
      #expect(result.error.contains("KeyboardInterrupt"))
      #expect(try board.execute("print(1)") == ("1\n", ""))
    }
  }

  @Test(arguments: MachineKind.allCases) func input(kind: MachineKind) async throws {
    try await kind.with { board in
      try board.enter()
      let result = try board.execute("t = input()\nprint(len(t))", input: "hello\r")
      #expect(result.output.hasSuffix("5\n"))
    }
  }

  @Test(arguments: MachineKind.allCases) func leavingKeepsVariables(kind: MachineKind) async throws
  {
    try await kind.with { board in
      try board.enter()
      try board.execute("kept = 6")
      try board.leave(softReset: false)
      try board.type("kept * 7\r")
      try board.hear("42\n>>> ")
    }
  }

  @Test(arguments: MachineKind.allCases) func aSoftResetStartsMain(kind: MachineKind) async throws {
    try await kind.with { board in
      try board.enter()
      try board.execute("f = open('main.py', 'w')\nf.write('print(6 * 7)\\n')\nf.close()")
      try board.leave(softReset: true)
      try board.hear("42\n")
    }
  }
}
