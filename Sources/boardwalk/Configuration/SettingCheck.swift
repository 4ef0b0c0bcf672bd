import APIClient
import Boards
import Configuration
import Logging

/// Reads one setting after the other, and notes what each is, whence, and what is wrong.
struct SettingCheck {
  private let sources: SettingSources
  private let reader: SettingSources.Reader
  private(set) var problems: [SettingProblem]
  private(set) var lines: [Settings.Line] = []

  init(_ sources: SettingSources) {
    self.sources = sources
    reader = sources.reader()
    problems = sources.file?.problems ?? []
  }

  // MARK: Values

  mutating func text(_ key: SettingKey, usual: String) -> String? {
    guard case .string(let text)? = find(key, usual: usual)?.content else { return nil }
    return text
  }

  mutating func number(_ key: SettingKey, usual: Int, _ range: ClosedRange<Int>) -> Int {
    guard let found = find(key, usual: "\(usual)"), case .int(let number) = found.content else {
      return usual
    }
    if !range.contains(number) {
      complain(
        found.origin,
        "is \(number); it must be above \(range.lowerBound - 1), at most "
          + "\(range.upperBound)")
    }
    return number
  }

  mutating func seconds(_ key: SettingKey, usual: Double, upTo limit: Double) -> Double {
    guard let found = find(key, usual: Self.text(usual)), case .double(let number) = found.content
    else { return usual }
    guard number > 0, number <= limit else {
      complain(
        found.origin, "is \(Self.text(number)); it must be above 0, at most \(Int(limit)) seconds")
      return usual
    }
    return number
  }

  mutating func bool(_ key: SettingKey, usual: Bool) -> Bool {
    guard case .bool(let value)? = find(key, usual: "\(usual)")?.content else { return usual }
    return value
  }

  mutating func address() -> GatewayAddress? {
    let usual = GatewayAddress()
    guard let found = find(.listen, usual: usual.description),
      case .string(let text) = found.content
    else { return usual }
    guard let address = GatewayAddress(text) else {
      complain(
        found.origin,
        "\"\(text)\" is no address to listen on; write HOST:PORT, such as 127.0.0.1:8080, or "
          + "unix:/PATH")
      return nil
    }
    return address
  }

  mutating func logLevel() -> Logger.Level {
    guard let found = find(.log, usual: "info"), case .string(let text) = found.content else {
      return .info
    }
    guard let level = Logger.Level(rawValue: text) else {
      let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
      complain(found.origin, "\"\(text)\" is no log level; there are \(known)")
      return .info
    }
    return level
  }

  /// What systemd made, else where the user's programs keep such things.
  mutating func stateDirectory() -> String? {
    let environment = sources.environment
    var usual: (path: String, note: String)?
    // systemd lists all of a unit's directories, parted by colons.
    if let path = environment["STATE_DIRECTORY"]?.split(separator: ":").first {
      usual = (String(path), "$STATE_DIRECTORY")
    } else if let path = environment["XDG_STATE_HOME"], path.hasPrefix("/") {
      usual = (path + "/boardwalk", "$XDG_STATE_HOME")
    } else if let path = environment["HOME"], path.hasPrefix("/") {
      usual = (path + "/.local/state/boardwalk", "$HOME")
    }
    let found = find(.stateDirectory, usual: usual?.path ?? "none", note: usual?.note)
    guard let found, case .string(let path) = found.content else { return usual?.path }
    if path.isEmpty { complain(found.origin, "is empty; write a directory, or leave it out") }
    return path
  }

  // MARK: Boards

  /// The flags' boards, and those of the file that no flag gives another port.
  mutating func boards(_ arguments: [BoardEntry]) -> [BoardEntry] {
    let given = Set(arguments.compactMap(\.configuration.name))
    let others = (sources.file?.boards ?? []).filter { entry in
      entry.configuration.name.map { !given.contains($0) } ?? true
    }
    var names: Set<String> = []
    var paths: Set<String> = []
    for entry in arguments + others {
      if let name = entry.configuration.name, !names.insert(name).inserted {
        complain(entry.origin, "Two boards are named \(name); give each its own name")
      }
      if case .path(_, let path, _) = entry.configuration, !paths.insert(path).inserted {
        complain(entry.origin, "Two boards have the port \(path); a port serves one board")
      }
      lines.append(
        Settings.Line(
          name: "board " + (entry.configuration.name ?? "*"), value: Self.place(entry),
          origin: entry.origin))
    }
    return arguments + others
  }

  private static func place(_ entry: BoardEntry) -> String {
    switch entry.configuration {
    case .path(_, let path, _): path
    case .claim(let claim): claim.match.description
    }
  }

  // MARK: Looking up

  private mutating func find(
    _ key: SettingKey, usual: String, note: String? = nil
  ) -> SettingSources.Found? {
    do throws(SettingProblem) {
      if let found = try reader.find(key) {
        lines.append(
          Settings.Line(
            name: key.rawValue, value: Self.text(found.content), origin: found.origin))
        return found
      }
    } catch {
      problems.append(error)
    }
    lines.append(Settings.Line(name: key.rawValue, value: usual, origin: .usual(note)))
    return nil
  }

  private mutating func complain(_ origin: SettingOrigin, _ text: String) {
    problems.append(SettingProblem(origin, text + "."))
  }

  private static func text(_ content: ConfigContent) -> String {
    switch content {
    case .string(let text): text
    case .int(let number): "\(number)"
    case .double(let number): text(number)
    case .bool(let value): "\(value)"
    default: "\(content)"
    }
  }

  /// `30` rather than `30.0`.
  private static func text(_ number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }
}
