import DeviceFiles

/// Code that runs on a board to manage it: a file in `Protocol/device/tools`, with a `main()`.
enum DeviceTool: String, Sendable {
  case traits, info, place
  case look, list, room, remove, mkdir, finish, put, get
  case check
  case checkSmall = "check_small"

  /// What tools are built on; of each there is one for what a board can.
  enum Part: Sendable, Hashable { case line, crc, checksum, disk }

  /// - Parameter checksums: whether it is to make checksums of files.
  func parts(checksums: Bool) -> [Part] {
    switch self {
    case .traits, .info, .place, .check, .checkSmall: []
    case .look, .list: checksums ? [.crc, .checksum, .disk] : [.disk]
    case .room, .remove, .mkdir, .finish: [.disk]
    case .put: [.line, .crc, .checksum, .disk]
    case .get: [.line, .crc, .disk]
    }
  }

  /// The source of the tool with its parts, for one board.
  ///
  /// - Throws: with cause `unsupported` when the board has nothing that a part could be made of.
  func source(for traits: BoardTraits, checksums: Bool) throws(ManagingError) -> String {
    var source = ""
    for part in parts(checksums: checksums) {
      source += Self.text(try traits.file(for: part))
    }
    return source + Self.text(rawValue)
  }

  private static func text(_ name: String) -> String { texts[name] ?? "" }

  private static let texts: [String: String] = Dictionary(
    uniqueKeysWithValues: DeviceFile.all.compactMap { file in
      guard file.path.hasPrefix("tools/"), file.path.hasSuffix(".py") else { return nil }
      return (String(file.path.dropFirst(6).dropLast(3)), PythonSource.compact(file.text))
    })
}

/// What a board can, as far as tools depend on it. It is found out, not known by the board's name.
struct BoardTraits: Sendable, Equatable {
  /// How code that runs reads the board's input.
  enum Input: Sendable { case stdin, microbit }

  var input: Input?
  var hasCRC32 = false
  var hasDirectories = false
  var hasCompile = false
  /// Bytes of heap.
  var heap = 0

  /// A heap on which a whole tool cannot be compiled at once.
  var isSmall: Bool { heap < 16_384 }
  /// A heap on which a tool can stay, to be used again.
  var keepsTools: Bool { heap >= 131_072 }

  init() {}

  /// - Parameter answer: what `traits.py` wrote.
  init?(_ answer: String) {
    for word in answer.split(whereSeparator: \.isWhitespace) {
      switch word {
      case "stdin": input = .stdin
      case "microbit": input = input ?? .microbit
      case "crc32": hasCRC32 = true
      case "directories": hasDirectories = true
      case "compile": hasCompile = true
      default:
        guard let number = Int(word), number > 0 else { return nil }
        heap = number
      }
    }
    if heap == 0 { return nil }
  }

  fileprivate func file(for part: DeviceTool.Part) throws(ManagingError) -> String {
    switch part {
    case .line:
      switch input {
      case .stdin: return "line"
      case .microbit: return "line_uart"
      case nil:
        throw ManagingError(
          .unsupported("the board's MicroPython has no sys.stdin.buffer to take and send files by"))
      }
    case .crc: return hasCRC32 ? "crc" : "crc_small"
    case .checksum: return "checksum"
    case .disk: return hasDirectories ? "disk" : "disk_flat"
    }
  }
}
