import Foundation
import Glibc

/// A tree of files on this machine.
struct LocalTree {
  let root: String
  /// The root first, each directory before what is in it.
  private(set) var entries: [CopyEntry] = []

  /// Deeper than that, and something is wrong, such as a link that leads round in a circle.
  private static let deepest = 64

  /// - Parameters:
  ///   - followsLinks: whether a link counts as what it leads to; the root's always does.
  ///   - isLeftOut: for names that are not wanted.
  /// - Returns: nil when nothing is at the path.
  /// - Throws: ``Complaint``.
  init?(
    _ root: String, followsLinks: Bool, isLeftOut: (String) -> Bool = { _ in false }
  ) throws(Complaint) {
    self.root = root
    guard let entry = try Self.entry("", at: root, followsLinks: true) else { return nil }
    entries = [entry]
    if entry.kind == .directory { try walk("", followsLinks, isLeftOut, depth: 1) }
  }

  /// By path below the root.
  var byPath: [String: CopyEntry] {
    Dictionary(entries.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private mutating func walk(
    _ path: String, _ followsLinks: Bool, _ isLeftOut: (String) -> Bool, depth: Int
  ) throws(Complaint) {
    let directory = BoardPath.join(root, path)
    guard depth <= Self.deepest else {
      throw Complaint(
        "\(directory) is \(depth) directories deep, which looks like a circle of links")
    }
    for name in try Self.names(in: directory) where !isLeftOut(name) {
      let below = path.isEmpty ? name : path + "/" + name
      let full = BoardPath.join(root, below)
      guard let entry = try Self.entry(below, at: full, followsLinks: followsLinks) else {
        throw Complaint("\(full) leads nowhere")
      }
      entries.append(entry)
      if entry.kind == .directory { try walk(below, followsLinks, isLeftOut, depth: depth + 1) }
    }
  }

  private static func entry(
    _ path: String, at full: String, followsLinks: Bool
  ) throws(Complaint) -> CopyEntry? {
    var status = stat()
    guard (followsLinks ? stat(full, &status) : lstat(full, &status)) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw Complaint("\(full): \(SystemText.of(errno))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return CopyEntry(path: path, kind: .file, size: Int(status.st_size))
    case S_IFDIR: return CopyEntry(path: path, kind: .directory)
    default: return CopyEntry(path: path, kind: .other)
    }
  }

  /// The names in a directory, sorted.
  private static func names(in directory: String) throws(Complaint) -> [String] {
    guard let stream = opendir(directory) else {
      throw Complaint("\(directory): \(SystemText.of(errno))")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
      }
      guard let name else {
        throw Complaint("\(directory) has a file whose name is not UTF-8; rename it first")
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}
