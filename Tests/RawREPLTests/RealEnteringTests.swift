import RawREPL
import Testing

/// Entering real MicroPythons.
@Suite(.serialized, .timeLimit(.minutes(5))) struct RealEnteringTests {
  /// What a board may be doing.
  struct Situation: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// What is typed at the friendly prompt.
    let typed: String
    /// What the board says once it is there.
    let sign: String
    let isRunning: Bool
    var kinds = MachineKind.allCases

    init(
      _ name: String, _ typed: String, says sign: String, isRunning: Bool = false,
      kinds: [MachineKind] = MachineKind.allCases
    ) {
      testDescription = name
      self.typed = typed
      self.sign = sign
      self.isRunning = isRunning
      self.kinds = kinds
    }

    /// With a program that says go, as a paste.
    init(_ name: String, program: String, says sign: String = "go\n") {
      let code = "print('g' + 'o')\n" + program + "\n"
      self.init(
        name, "\u{05}\(code.replacing("\n", with: "\r"))\u{04}", says: sign, isRunning: true)
    }
  }

  static let situations = [
    Situation("prompt", "1+1\r", says: "2\n>>> "),
    Situation("half a line", "x = 'abc", says: "abc"),
    Situation("half a block", "if 1:\r", says: "...     "),
    Situation("half a key", "x\u{1B}[", says: "x"),
    Situation("half a paste", "\u{05}while True:\r  pass", says: "pass"),
    Situation("raw REPL", "\u{01}", says: "exit\n>"),
    Situation("half of raw code", "\u{01}print(1", says: "exit\n>"),
    Situation(
      "half a raw paste", "\u{01}\u{05}A\u{01}x = (1,", says: "R\u{01}", kinds: [.unixPort]),
    Situation(
      "raw paste with an error", "\u{01}\u{05}A\u{01}x = )\r\ry\r", says: "\u{04}", isRunning: true,
      kinds: [.unixPort]),
    Situation(
      "hangs in the raw REPL", "\u{01}print('g' + 'o')\nwhile True: pass\n\u{04}", says: "go\n",
      isRunning: true),
    Situation("hangs", program: "while True: pass"),
    Situation(
      "catches one interrupt",
      program: "try:\n while True: pass\nexcept KeyboardInterrupt: pass\nwhile True: pass"),
    Situation(
      "ends by an interrupt", program: "try:\n while True: pass\nexcept KeyboardInterrupt: pass"),
    Situation("prints for ever", program: "while True: print('on and on')", says: "on and on"),
    Situation(
      "prints prompts for ever",
      program: "while True: print('raw REPL; CTRL-B to exit\\r\\n>', end='\\r\\n>>> ')",
      says: "REPL"),
    Situation(
      "starts anew after an interrupt",
      program: """
        def run():
         try:
          while True: pass
         except KeyboardInterrupt: print('again')
        while True:
         run()
         for i in range(200000): pass
        """),
  ]

  @Test(arguments: MachineKind.allCases, situations)
  func enters(kind: MachineKind, situation: Situation) async throws {
    guard situation.kinds.contains(kind) else { return }
    try await kind.with { board in
      try board.typeSlowly(situation.typed)
      try board.hear(situation.sign)
      #expect(try board.enter() == situation.isRunning, "\(situation.testDescription)")
      #expect(try board.execute("print(6*7)").output == "42\n")
    }
  }

  @Test(arguments: MachineKind.allCases)
  func aProgramThatCannotBeInterruptedIsGivenUp(kind: MachineKind) async throws {
    try await kind.with(.init(enterLimit: .seconds(1))) { board in
      try board.typeSlowly(
        "\u{05}import micropython\rmicropython.kbd_intr(-1)\rprint('g' + 'o')\rwhile True: pass\r\u{04}"
      )
      try board.hear("go")
      let error = #expect(throws: RawREPLError.self) { try board.enter() }
      #expect(error?.code == .noPrompt)
    }
  }
}
