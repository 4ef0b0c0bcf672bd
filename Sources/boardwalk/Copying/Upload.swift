import Boards

/// Files of this machine on their way to a board.
struct Upload {
  let board: BoardClient
  let sources: [String]
  let target: BoardPath
  let isRecursive: Bool

  /// Looks at both sides, and changes nothing.
  ///
  /// - Throws: ``Complaint``, `APIError`.
  func plan() async throws -> CopyPlan {
    var plan = CopyPlan()
    let old = target.path == "/" ? .directory : try await board.entry(target.path)?.type
    let isInto = old == .directory
    if sources.count > 1, !isInto {
      throw Complaint("\(target.path) is no directory on the board; make it first")
    }
    for source in sources {
      guard let tree = try LocalTree(source, followsLinks: true) else {
        throw Complaint("there is no file \(source)")
      }
      let path = isInto ? BoardPath.join(target.path, BoardPath.name(of: source)) : target.path
      guard tree.entries[0].kind == .directory else {
        if target.isDirectory, !isInto {
          throw Complaint("\(target.path) is no directory on the board; make it first")
        }
        // One alone needs no list: the gateway looks whether the board has it.
        try plan.add(tree.entries, from: source, to: path, existing: [:]) { _, _ in false }
        continue
      }
      guard isRecursive else { throw Complaint("\(source) is a directory; copy it with -r") }
      let kind = path == target.path ? old : try await board.entry(path)?.type
      let existing = try await existing(kind, at: path)
      try plan.add(tree.entries, from: source, to: path, existing: existing) { local, remote in
        try remote.checksum == LocalFile.checksum(BoardPath.join(source, local.path))
      }
    }
    return plan
  }

  /// What is on the board at a path, with checksums, by path below that.
  private func existing(
    _ kind: FileEntry.Kind?, at path: String
  ) async throws -> [String: CopyEntry] {
    guard let kind else { return [:] }
    var entries = [CopyEntry(path: "", kind: kind == .directory ? .directory : .file)]
    if kind == .directory {
      let list = try await board.list(path, recursive: true, checksums: true)
      entries += try BoardTree.entries(list, below: path)
    }
    return Dictionary(entries.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Copies what is missing.
  func perform(_ plan: CopyPlan, isQuiet: Bool) async throws -> CopyRun.Summary {
    var run = CopyRun(plan, isQuiet: isQuiet)
    try await run.run { path in
      try await board.makeDirectory(path, parents: false)
    } copy: { item, progress in
      let bytes = try LocalFile.read(item.source)
      let answer = try await board.write(item.target, bytes, progress: progress)
      return answer.written ? bytes.count : nil
    }
    return run.summary
  }
}
