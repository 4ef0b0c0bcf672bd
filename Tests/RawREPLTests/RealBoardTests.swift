import Glibc
import RawREPL
import Testing

/// Against real MicroPython.
@Suite(.serialized, .timeLimit(.minutes(3))) struct RealBoardTests {
  /// What a board may be doing when it is entered.
  struct Situation: CustomTestStringConvertible {
    let testDescription: String
    /// What is typed at the friendly prompt.
    let typed: String
    /// What the board says once it is there.
    let sign: String
    let isRunning: Bool

    init(_ name: String, _ typed: String, says sign: String, isRunning: Bool) {
      testDescription = name
      self.typed = typed
      self.sign = sign
      self.isRunning = isRunning
    }
  }

  static let situations = [
    Situation("prompt", "print('a' + 'b')\r", says: ">>> ", isRunning: false),
    Situation("half a line", "x = 'abc", says: "abc", isRunning: false),
    Situation("half a block", "if 1:\r", says: "... ", isRunning: false),
    Situation("half a key", "x\u{1B}[", says: "x", isRunning: false),
    Situation("half a paste", "\u{05}while True:\r  pass", says: "pass", isRunning: false),
    Situation("raw REPL", "\u{01}", says: "exit\r\n>", isRunning: false),
    Situation("half of raw code", "\u{01}print(1", says: "exit\r\n>", isRunning: false),
    Situation(
      "half a raw paste", "\u{01}\u{05}A\u{01}x = (1,", says: "exit\r\n>", isRunning: false),
    Situation("raw paste with an error", "\u{01}\u{05}A\u{01}x = )\r", says: ">", isRunning: false),
    Situation("hangs", program("while True: pass"), says: "go", isRunning: true),
    Situation(
      "hangs in the raw REPL", "\u{01}print('go')\nwhile True: pass\n\u{04}", says: "OKgo",
      isRunning: true),
    Situation(
      "catches one interrupt",
      program("try:\n while True: pass\nexcept KeyboardInterrupt: pass\nwhile True: pass"),
      says: "go", isRunning: true),
    Situation(
      "ends by an interrupt",
      program("try:\n while True: pass\nexcept KeyboardInterrupt: pass"), says: "go",
      isRunning: true),
    Situation(
      "prints for ever", program("while True: print('on and on')"), says: "on and on",
      isRunning: true),
    Situation(
      "prints prompts for ever",
      program("while True: print('raw REPL; CTRL-B to exit\\r\\n>', end='\\r\\n>>> ')"),
      says: "REPL", isRunning: true),
    Situation(
      "starts anew",
      program(
        """
        n = 0
        def run():
         try:
          while True: pass
         except KeyboardInterrupt: print('again')
        while True:
         run()
         for i in range(200000): n += 1
        """), says: "go", isRunning: true),
  ]

  /// A program that says go, as a paste.
  static func program(_ code: String) -> String {
    "\u{05}print('g' + 'o')\r\(code.replacing("\n", with: "\r"))\r\u{04}"
  }

  @Test(arguments: RealBoard.Kind.allCases, situations)
  func enters(kind: RealBoard.Kind, situation: Situation) throws {
    let board = try RealBoard(kind)
    // The smallest board takes 63 bytes at once, and echoes them.
    for piece in Array(situation.typed.utf8).pieces(of: 16) {
      try board.type(piece)
      usleep(5000)
    }
    try board.hear(situation.sign)
    let wasRunning = try board.enter()
    #expect(wasRunning == situation.isRunning)
    try #expect(board.execute("print(6*7)").output.filter { $0 != 0x0D } == Array("42\n".utf8))
  }

  @Test(arguments: RealBoard.Kind.allCases) func executes(kind: RealBoard.Kind) throws {
    let board = try RealBoard(kind)
    try board.enter()
    for size in [0, 10, 100, 300, 700, 1500] {
      let comment = String(repeating: "#", count: 80)
      let lines = size / 100
      let code = "n = 0\n" + String(repeating: "n += 1 \(comment)\n", count: lines) + "print(n)"
      let result = try board.execute(code)
      #expect(result.error == "")
      #expect(result.output.filter { $0 != 0x0D } == Array("\(lines)\n".utf8))
    }
  }
}

extension Array {
  func pieces(of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}
