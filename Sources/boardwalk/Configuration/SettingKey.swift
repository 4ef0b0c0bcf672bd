import Configuration

/// The settings that a flag, the environment and the file can give; boards come on top.
enum SettingKey: String, CaseIterable {
  case listen, domain, forward, maxBody, deadline, defaults, manage, stateDirectory
  case history, historyDays, historyMegabytes, log

  /// What its value is, wherever it comes from.
  var type: ConfigType {
    switch self {
    case .listen, .domain, .forward, .stateDirectory, .log: .string
    case .maxBody, .historyDays, .historyMegabytes: .int
    case .deadline: .double
    case .defaults, .history, .manage: .bool
    }
  }

  /// The value's type for people.
  var typeName: String {
    switch type {
    case .int: "a whole number"
    case .double: "a number"
    case .bool: "true or false"
    default: "a text"
    }
  }

  /// A value that would do, as it is written in JSON.
  var example: String {
    switch self {
    case .listen: "\"127.0.0.1:8080\""
    case .domain: "\"lab.example\""
    case .forward: "\"user-agent,referer\""
    case .maxBody: "16777216"
    case .deadline: "30"
    case .defaults, .history, .manage: "true"
    case .stateDirectory: "\"/var/lib/boardwalk\""
    case .historyDays: "30"
    case .historyMegabytes: "256"
    case .log: "\"info\""
    }
  }

  /// The option of the command line that gives it.
  var flag: String {
    switch self {
    case .maxBody: "--max-body"
    case .defaults: "--no-defaults"
    case .stateDirectory: "--state-directory"
    case .history: "--no-history"
    case .historyDays: "--history-days"
    case .historyMegabytes: "--history-megabytes"
    default: "--" + rawValue
    }
  }

  /// Whether a gateway that runs can take a new value.
  var isReloadable: Bool { self == .deadline || self == .defaults }
}

/// Where a setting's value comes from.
enum SettingOrigin: Equatable {
  case flag(String)
  /// A variable's name.
  case environment(String)
  /// A file, and the path of keys in it.
  case file(String, key: String)
  /// With what it follows from, where it is not always the same.
  case usual(String?)

  /// For messages: `FILE: KEY`, or the name alone.
  var place: String {
    switch self {
    case .flag(let name), .environment(let name): name
    case .file(let path, let key): key.isEmpty ? path : "\(path): \(key)"
    case .usual(let note): note ?? "default"
    }
  }

  /// For lists of settings.
  var label: String {
    switch self {
    case .flag(let name): "flag \(name)"
    case .environment(let name): "environment \(name)"
    case .file(let path, let key): "file \(path): \(key)"
    case .usual(let note): "default" + (note.map { " (\($0))" } ?? "")
    }
  }
}

/// Something wrong with the settings: where, what, and what to write instead.
struct SettingProblem: Error, Equatable, CustomStringConvertible {
  var place: String
  var text: String

  init(_ origin: SettingOrigin, _ text: String) {
    place = origin.place
    self.text = text
  }

  var description: String { "\(place): \(text)" }
}

/// All that is wrong with the settings.
struct SettingProblems: Error, CustomStringConvertible {
  var problems: [SettingProblem]

  var description: String { problems.map(\.description).joined(separator: "\n") }
}
