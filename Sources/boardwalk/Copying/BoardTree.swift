import Boards

/// A tree on a board, as the board tells it.
enum BoardTree {
  /// Most entries that are believed.
  private static let limit = 100_000

  /// What is below a directory, each directory before what is in it.
  ///
  /// A board that is broken or hostile could name files so that they end up anywhere, or look like
  /// others.
  ///
  /// - Parameters:
  ///   - list: the board's own list.
  ///   - root: the directory's path.
  /// - Throws: ``Complaint`` about the first entry that no board should have.
  static func entries(_ list: [FileEntry], below root: String) throws(Complaint) -> [CopyEntry] {
    guard list.count <= limit else {
      throw Complaint("the board lists \(list.count) files in \(root), which is not believed")
    }
    let prefix = root.hasSuffix("/") ? root : root + "/"
    var kinds: [String: FileEntry.Kind] = ["": .directory]
    var entries: [CopyEntry] = []
    for entry in list.sorted(by: { $0.path < $1.path }) {
      guard entry.path.utf8.starts(with: prefix.utf8) else {
        throw hostile(entry, "is not in \(root), which was asked for")
      }
      let path = String(Substring(entry.path.utf8.dropFirst(prefix.utf8.count)))
      if let reason = reason(against: path) { throw hostile(entry, reason) }
      let parent = BoardPath.components(path).dropLast().joined(separator: "/")
      guard kinds[parent] == .directory else {
        throw hostile(entry, "is in something that is no directory")
      }
      guard kinds.updateValue(entry.type, forKey: path) == nil else {
        throw hostile(entry, "comes twice")
      }
      guard (0...(1 << 40)).contains(entry.size) else {
        throw hostile(entry, "would have \(entry.size) bytes")
      }
      entries.append(
        CopyEntry(
          path: path, kind: entry.type == .file ? .file : .directory, size: entry.size,
          checksum: entry.checksum))
    }
    return entries
  }

  /// What is wrong with a path below a directory; nil for nothing.
  static func reason(against path: String) -> String? {
    for component in BoardPath.components(path) {
      switch component {
      case "": return "has an empty name in its path"
      case ".", "..": return "has \(component) in its path"
      default: break
      }
      if component.utf8.count > 255 { return "has a name of more than 255 bytes" }
    }
    return Printable.text(path) == path ? nil : "has characters in its name that cannot be seen"
  }

  private static func hostile(_ entry: FileEntry, _ reason: String) -> Complaint {
    Complaint(
      "the board lists \"\(entry.path.prefix(200))\", which \(reason); nothing was copied")
  }
}
