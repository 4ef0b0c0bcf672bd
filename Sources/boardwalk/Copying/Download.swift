import Boards
import Glibc

/// Files of a board on their way to this machine.
struct Download {
  let board: BoardClient
  let sources: [BoardPath]
  let target: String
  let isRecursive: Bool

  /// Looks at both sides, and changes nothing.
  ///
  /// - Throws: ``Complaint``, `APIError`.
  func plan() async throws -> CopyPlan {
    var plan = CopyPlan()
    let isInto = isDirectory(target)
    if sources.count > 1, !isInto { throw Complaint("\(target) is no directory; make it first") }
    for source in sources {
      guard let entry = try await board.entry(source.path) else {
        throw Complaint("there is no file \(source.path) on the board")
      }
      if entry.type == .file, BoardPath(path: target).isDirectory, !isInto {
        throw Complaint("\(target) is no directory; make it first")
      }
      let path = isInto ? BoardPath.join(target, source.name) : target
      var entries = [
        CopyEntry(
          path: "", kind: entry.type == .directory ? .directory : .file, size: entry.size,
          checksum: entry.checksum)
      ]
      let old = try LocalTree(path, followsLinks: false)
      if entry.type == .directory {
        guard isRecursive else {
          throw Complaint("\(source.path) is a directory; copy it with -r")
        }
        // The board reads every byte for checksums: in vain when there is nothing to compare.
        let list = try await board.list(source.path, recursive: true, checksums: old != nil)
        entries += try BoardTree.entries(list, below: source.path)
      }
      try plan.add(entries, from: source.path, to: path, existing: old?.byPath ?? [:]) {
        remote, local in
        try remote.checksum == LocalFile.checksum(BoardPath.join(path, local.path))
      }
    }
    return plan
  }

  private func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Copies what is missing.
  func perform(_ plan: CopyPlan, isQuiet: Bool) async throws -> CopyRun.Summary {
    var run = CopyRun(plan, isQuiet: isQuiet)
    try await run.run { path in
      guard mkdir(path, 0o777) == 0 || (errno == EEXIST && isDirectory(path)) else {
        throw Complaint("\(path): \(SystemText.of(errno))")
      }
    } copy: { item, progress in
      let bytes = try await read(item, progress)
      try LocalFile.write(item.target, bytes)
      return bytes.count
    }
    return run.summary
  }

  /// A file's bytes, which are what the board has.
  private func read(
    _ item: CopyPlan.Item, _ progress: (Int) async throws -> Void
  ) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    let tag = try await board.read(item.source) { piece in
      bytes += piece
      guard bytes.count <= LocalFile.largest else {
        throw Complaint("\(item.source) has more than \(ByteText.count(LocalFile.largest))")
      }
      try await progress(bytes.count)
    }
    if let tag, tag.checksum != FileEntry.checksum(bytes) {
      throw Complaint("\(item.source) was damaged on its way; copy it again")
    }
    return bytes
  }
}
