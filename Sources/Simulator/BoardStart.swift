import Glibc
import SystemPackage

/// How MicroPython is started for what a board runs.
struct BoardStart {
  /// What comes after the program's name and the heap's size.
  let arguments: [String]
  /// The working directory.
  let directory: String
  /// Where modules are looked for, as MICROPYPATH has it.
  let modulePath: String

  /// Where a soft reset leads: like a real board, back to the REPL that it was ordered in.
  enum REPL { case friendly, raw }

  /// - Parameters:
  ///   - repl: in the raw REPL neither the app nor main.py starts.
  ///   - staysAtPrompt: whether a REPL follows an app.
  /// - Throws: ``SimulatorError`` with code `noApplication`.
  init(
    _ program: SimulatedBoard.Program, repl: REPL, staysAtPrompt: Bool
  ) throws(SimulatorError) {
    switch program {
    case .app(let path, let packages):
      let app = MicroPython.absolute(path)
      try Self.check(app, R_OK, "read the app", "Give the path of a .py file.")
      let parent = app.lastIndex(of: "/").map { String(app[..<$0]) } ?? ""
      directory = parent.isEmpty ? "/" : parent
      arguments =
        (staysAtPrompt ? ["-i"] : []) + ["-c", StartCode.app(staysAtPrompt: staysAtPrompt)]
        + (repl == .raw ? [] : [app])
      modulePath = (packages.map(MicroPython.absolute) + [directory, ".frozen"])
        .joined(separator: ":")
    case .stock(let files):
      directory = MicroPython.absolute(files)
      try Self.check(directory, X_OK, "enter the board's files", "Give a directory's path.")
      arguments = [
        "-c", StartCode.stock(running: repl == .raw ? ["boot.py"] : ["boot.py", "main.py"]),
      ]
      modulePath = ":.frozen:/lib"
    }
  }

  private static func check(
    _ path: String, _ mode: CInt, _ what: String, _ advice: String
  ) throws(SimulatorError) {
    guard access(path, mode) != 0 else { return }
    let error = Errno(rawValue: errno)
    throw SimulatorError(
      .noApplication, errno: error, "cannot \(what) \(path): \(error). \(advice)")
  }
}
