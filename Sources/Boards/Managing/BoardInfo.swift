/// What a board says of itself at its REPL.
public struct BoardInfo: Sendable, Equatable, Codable {
  /// For example `micropython`.
  public var implementation: String
  /// For example `1.29.0`.
  public var version: String
  /// The firmware in its own words: `sys.version`, or what `os.uname()` says.
  public var firmware: String
  public var machine: String
  public var platform: String
  /// `machine.unique_id()` in hexadecimal; nil where there is none.
  public var uniqueID: String?
  /// Bytes, after a collection.
  public var heapFree: Int
  public var heapUsed: Int
  /// Bytes of the file system at the root; nil where the board cannot tell.
  public var flashFree: Int?
  public var flashSize: Int?
  /// The version of .mpy files that it loads; nil when it loads none.
  public var bytecode: Int?
  /// Names of the modules that are part of the firmware, as far as it can tell; sorted.
  public var modules: [String]

  /// Asks the board.
  public static func read(_ session: REPLSession) async throws(ManagingError) -> BoardInfo {
    let answer = try await session.run(.info, "")
    guard let info = BoardInfo(answer: answer) else {
      throw ManagingError(.unintelligible(asked: "what the board is", answer: answer))
    }
    return info
  }

  /// - Parameter answer: what `info.py` wrote: lines with a name and a value, and behind
  ///   `modules` what `help("modules")` prints.
  init?(answer: String) {
    var values: [Substring: String] = [:]
    var names: Set<String> = []
    var isInModules = false
    for line in answer.split(whereSeparator: \.isNewline) {
      if isInModules {
        // The last line is a sentence about the file system.
        if line.hasPrefix("Plus ") { continue }
        for word in line.split(separator: " ") {
          guard let name = word.split(separator: "/").first, name != "__main__" else { continue }
          names.insert(printable(String(name)))
        }
      } else {
        let words = line.split(separator: " ", maxSplits: 1)
        isInModules = words.first == "modules"
        if words.count == 2 { values[words[0]] = printable(String(words[1])) }
      }
    }
    guard let heapFree = values["heapFree"].flatMap({ Int($0) }),
      let heapUsed = values["heapUsed"].flatMap({ Int($0) })
    else { return nil }
    self.heapFree = heapFree
    self.heapUsed = heapUsed
    implementation = values["implementation"] ?? ""
    // The fourth part, if any, is a word: 1.29.0.preview.
    let parts = (values["version"] ?? "").split(separator: ".")
    version = parts.prefix(3).joined(separator: ".") + parts.dropFirst(3).map { "-\($0)" }.joined()
    firmware = values["firmware"] ?? ""
    // Old firmware names only the version of the language there.
    if let release = values["release"], !firmware.contains("MicroPython") { firmware = release }
    machine = values["machine"] ?? values["uname"] ?? ""
    platform = values["platform"] ?? ""
    uniqueID = values["uniqueID"]
    flashFree = values["flashFree"].flatMap { Int($0) }
    flashSize = values["flashSize"].flatMap { Int($0) }
    bytecode = values["bytecode"].flatMap { Int($0) }.flatMap { $0 == 0 ? nil : $0 }
    modules = names.sorted()
  }
}
