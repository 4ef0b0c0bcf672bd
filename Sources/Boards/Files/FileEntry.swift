import LinkProtocol

/// A file or directory on a board, as the API and commands show it.
public struct FileEntry: Sendable, Hashable, Codable {
  public enum Kind: String, Sendable, Hashable, Codable { case file, directory }

  /// From the root, such as `/lib/app.py`.
  public var path: String
  public var type: Kind
  /// In bytes; 0 for a directory.
  public var size: Int
  /// Of a file, when it was asked for: CRC-32 of its bytes, eight hexadecimal digits.
  public var checksum: String?

  public init(path: String, type: Kind, size: Int, checksum: String? = nil) {
    self.path = path
    self.type = type
    self.size = size
    self.checksum = checksum
  }

  /// The checksum of bytes, as a board would give it.
  public static func checksum(_ bytes: some Sequence<UInt8>) -> String {
    var checksum = RunningChecksum()
    checksum.add(Array(bytes))
    return checksum.digits
  }
}

/// The checksum of a file that comes in pieces.
struct RunningChecksum {
  private var value: UInt32 = 0

  mutating func add(_ bytes: [UInt8]) {
    value = bytes.withUnsafeBytes { Checksum.crc32($0, from: value) }
  }

  var digits: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}

/// What a board says of one path: `f 12 0a1b2c3d 'lib/app.py'`, with `d` for a directory, and `-` for
/// nothing.
struct FileLine {
  let path: BoardPath
  /// Nil when nothing is there.
  let entry: FileEntry?

  init?(_ line: Substring) {
    let words = line.split(separator: " ", maxSplits: 3)
    guard words.count == 4, let size = Int(words[1]), size >= 0,
      let text = PythonLiteral.parse(words[3]), let path = try? BoardPath(text)
    else { return nil }
    self.path = path
    switch words[0] {
    case "-": entry = nil
    case "d": entry = FileEntry(path: path.description, type: .directory, size: 0)
    case "f":
      guard words[2] == "-" || words[2].count == 8 && words[2].allSatisfy(\.isHexDigit) else {
        return nil
      }
      entry = FileEntry(
        path: path.description, type: .file, size: size,
        checksum: words[2] == "-" ? nil : String(words[2]))
    default: return nil
    }
  }
}
