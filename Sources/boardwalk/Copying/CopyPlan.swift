/// What has to be done so that files are at another place, too.
struct CopyPlan {
  enum Step: Equatable, Sendable {
    case makeDirectory(String)
    case copy(Item)
  }

  /// A file that is to be copied.
  struct Item: Equatable, Sendable {
    var source: String
    var target: String
    var size: Int
  }

  /// A directory always comes before what is in it.
  private(set) var steps: [Step] = []
  /// Files that are there already.
  private(set) var unchanged = 0
  /// What is at the targets' paths afterwards.
  private var planned: [String: CopyEntry.Kind] = [:]

  /// Bytes to be copied.
  var size: Int {
    steps.reduce(0) { if case .copy(let item) = $1 { $0 + item.size } else { $0 } }
  }

  /// Plans to copy a file, or a tree with its root.
  ///
  /// - Parameters:
  ///   - entries: the tree, each directory before what is in it.
  ///   - source: the path of its root.
  ///   - target: the path that the root is to have.
  ///   - existing: what is there already, by its path below the target; the root is ``CopyEntry``
  ///     with an empty path.
  ///   - isSame: whether two files of one size have the same bytes.
  /// - Throws: ``Complaint`` when a file is in the way of a directory or the other way round; what
  ///   `isSame` throws.
  mutating func add(
    _ entries: [CopyEntry], from source: String, to target: String, existing: [String: CopyEntry],
    isSame: (CopyEntry, CopyEntry) throws -> Bool
  ) throws {
    for entry in entries {
      let from = BoardPath.join(source, entry.path)
      let to = BoardPath.join(target, entry.path)
      let old = existing[entry.path]
      let other = planned.updateValue(entry.kind, forKey: to)
      switch entry.kind {
      case .other: throw Complaint("\(from) is no file and no directory, and cannot be copied")
      case .directory:
        guard (old?.kind ?? .directory) == .directory, (other ?? .directory) == .directory else {
          throw Complaint("\(to) is no directory, so \(from) cannot be copied there")
        }
        if old == nil, other == nil { steps.append(.makeDirectory(to)) }
      case .file:
        guard (old?.kind ?? .file) == .file else {
          throw Complaint("\(to) is no file, so \(from) cannot be copied there")
        }
        guard other == nil else { throw Complaint("two files would be copied to \(to)") }
        if let old, old.size == entry.size, try isSame(entry, old) {
          unchanged += 1
        } else {
          steps.append(.copy(Item(source: from, target: to, size: entry.size)))
        }
      }
    }
  }
}
