/// The user's files, and what they tell about how they are started.
struct Application: Sendable {
  struct File: Sendable {
    let path: BoardPath
    let bytes: [UInt8]
    let isPython: Bool
  }

  let files: [File]
  /// Names of the modules that the files import.
  let imports: Set<String>
  /// How the first file is started; nil when it is no Python.
  private let entry: Entry?

  private struct Entry: Sendable {
    let path: BoardPath
    /// As Python imports it: `app`, or `package.app`.
    let module: String
    /// The variable that has the server, when to start it is all that is left to do.
    let server: String?
    /// The file does something only when it is the main program.
    let wantsToBeMain: Bool

    /// The board runs it by itself at power-up.
    var isStartedByBoard: Bool { path.onBoard == "main.py" }
  }

  /// - Throws: with cause `badApplication` or `conflict` when a file cannot be what it is to be.
  init(_ installation: Installation) throws(ManagingError) {
    var files: [File] = []
    var imports: Set<String> = []
    var entry: Entry?
    for (index, file) in installation.files.enumerated() {
      let path = try BoardPath(file.path)
      try path.checkForMaking()
      let isPython = path.name.hasSuffix(".py")
      if isPython {
        guard let text = String(validating: file.bytes, as: UTF8.self) else {
          throw ManagingError(.badApplication("\(path.name) is not text in UTF-8"))
        }
        imports.formUnion(PythonSource.imports(text))
        if index == 0, installation.start != .never {
          entry = try Self.entry(path, text)
        }
      }
      files.append(File(path: path, bytes: file.bytes, isPython: isPython))
    }
    self.files = files
    self.imports = imports
    self.entry = entry
  }

  private static func entry(_ path: BoardPath, _ text: String) throws(ManagingError) -> Entry {
    var names = path.components
    names[names.count - 1].removeLast(3)
    for name in names where !PythonSource.isIdentifier(name) {
      throw ManagingError(
        .badApplication(
          "\(printable(path.onBoard)) cannot be imported, for \"\(printable(name))\" is no name in "
            + "Python; rename it, for example to app.py"))
    }
    if path.onBoard == "boot.py" {
      throw ManagingError(
        .badApplication(
          "boot.py cannot be the program, for it would keep main.py, and each program after it, "
            + "from starting; rename it, for example to app.py"))
    }
    if let name = names.first, ModuleNames.areTaken(name) {
      throw ManagingError(
        .badApplication(
          "\(printable(path.onBoard)) has the name of a module, \(name), which others import; rename "
            + "it, for example to app.py"))
    }
    let lines = PythonSource.lines(text).filter { !$0.beginsInString && !$0.body.isEmpty }
    let server = lines.lazy.compactMap(Self.server).first
    let start = "\(server ?? "").start"
    let main = lines.firstIndex { line in
      !line.isIndented && line.body.contains("__name__")
        && ["if ", "if("].contains(where: line.body.hasPrefix)
    }
    let isLeft: Bool
    if let main {
      // As main program it does that, and nothing else.
      let rest =
        [lines[main].body.drop { $0 != ":" }.dropFirst()] + lines[(main + 1)...].map(\.body)
      isLeft = rest.joined().filter { $0 != " " } == start + "()"
    } else {
      isLeft = !lines.contains { $0.body.contains(start) }
    }
    return Entry(
      path: path, module: names.joined(separator: "."), server: isLeft ? server : nil,
      wantsToBeMain: main != nil)
  }

  /// The variable that a line makes the server.
  private static func server(of line: PythonSource.Line) -> String? {
    let sides = line.body.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
    guard !line.isIndented, sides.count == 2, sides[1].hasPrefix("HTTPServer(") else { return nil }
    return String(sides[0].prefix { $0 != ":" })
  }

  // MARK: Starting

  /// How a main.py begins that an installation has made.
  static let mark = "# Written by boardwalk install"

  /// Code that starts the application; nil when there is nothing to be started.
  func starter(on place: Place) -> String? {
    guard let entry else { return nil }
    // What has no server of the blocking kind to be started starts by itself, or as main program.
    let isAsynchronous = imports.contains("asyncio") || imports.contains("uasyncio")
    // On a small heap the package comes first, while the heap is in one piece.
    let package = place.isSmall ? "import httpserver\n" : ""
    if let server = entry.server, !isAsynchronous {
      return package + "from \(entry.module) import \(server)\n\n\(server).start()\n"
    }
    guard entry.wantsToBeMain || entry.isStartedByBoard else {
      return package + "import \(entry.module)\n"
    }
    let file = PythonLiteral.string(entry.path.onBoard)
    return package + (place.hasExecfile ? "execfile(\(file))\n" : "exec(open(\(file)).read())\n")
  }

  /// The main.py that starts the application at power-up; nil when none is needed.
  ///
  /// An exception ends it in the REPL, as always. The pause is for an interrupt: it gets in even
  /// when the application takes none, or resets the board. A USB port takes most of a second to
  /// come back; the other boards' ports are there before them.
  func main(on place: Place) -> String? {
    guard let starter = starter(on: place), let entry, !entry.isStartedByBoard else { return nil }
    let pause = place.isHosted || place.isSmall ? 200 : 1000
    return """
      \(Self.mark), to start \(entry.path.onBoard).
      from time import sleep_ms

      sleep_ms(\(pause))
      \(starter)
      """
  }
}
