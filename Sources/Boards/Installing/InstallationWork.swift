/// What an installation does on a board, one step after another.
struct InstallationWork {
  private let plan: InstallationPlan
  private let files: BoardFiles
  private var upload: FileUpload
  private(set) var items: [Installation.Report.Item] = []
  private(set) var removed: [String] = []
  /// Files of the application that were not there before, until it is known that it compiles.
  private var created: [BoardPath] = []
  /// Files that have a temporary name until everything is there.
  private var held: [(from: BoardPath, to: BoardPath)] = []
  private var totalDone = 0
  private var totalSize = 0

  init(_ plan: InstallationPlan, _ files: BoardFiles) async throws(ManagingError) {
    self.plan = plan
    self.files = files
    upload = try await FileUpload(files)
  }

  mutating func perform(
    _ progress: @Sendable (Installation.Progress) async -> Void
  ) async throws(ManagingError) {
    let main = BoardPath.root.appending(InstallationPlan.main)
    let paths = Set(plan.files.map(\.path) + plan.stale + plan.shadows.keys + [main])
    let found = try await files.entries(paths.sorted(), checksums: true)
    if let shadow = plan.shadows.keys.sorted().first(where: { found[$0] != nil }),
      let package = plan.shadows[shadow]
    {
      throw ManagingError(
        .conflict(
          "the board would import \(shadow) in place of \(package); remove \(shadow), or give it "
            + "another name"))
    }
    for path in plan.files.map(\.path) where found[path]?.type == .directory {
      throw ManagingError(.conflict("\(path) is a directory"))
    }
    let changed = plan.files.filter { file in
      let entry = found[file.path]
      return entry?.size != file.bytes.count || entry?.checksum != file.checksum
    }
    totalSize = changed.reduce(0) { $0 + $1.bytes.count }

    let checked = changed.filter(\.isChecked)
    // With nothing to be replaced, the application can be looked at when all of it is there.
    let replaces = changed.contains { found[$0.path] != nil }
    if replaces {
      for file in checked { try await send(file, holds: true, progress) }
      try await upload.end()
      for file in checked { try await check(file.path) }
    }
    var keptAs: String?
    if changed.contains(where: { $0.role == .main }), let entry = found[main] {
      keptAs = try await keep(main, entry)
    }
    for file in changed where !(replaces && file.isChecked) {
      if !replaces, file.role != .package { created.append(file.path) }
      try await send(file, progress)
    }
    try await upload.end()
    if !replaces {
      for file in checked { try await check(file.path) }
    }
    created = []
    for path in plan.stale where found[path]?.type == .file {
      try await files.remove(path, recursive: false)
      removed.append("\(path)")
    }
    try await place(progress)
    items = plan.files.map { file in
      Installation.Report.Item(
        path: "\(file.path)", size: file.bytes.count,
        written: changed.contains { $0.path == file.path },
        keptAs: file.role == .main ? keptAs : nil)
    }
  }

  /// Removes what is of no use by itself, as far as the board is there.
  mutating func abandon() async {
    try? await upload.end()
    for path in held.map(\.from) + created { try? await files.remove(path, recursive: false) }
  }

  // MARK: Steps

  private mutating func send(
    _ file: InstallationPlan.File, holds: Bool = false,
    _ progress: @Sendable (Installation.Progress) async -> Void
  ) async throws(ManagingError) {
    let name = holds ? FileUpload.temporary + String(held.count) : nil
    let (done, size) = (totalDone, totalSize)
    let outcome = try await upload.send(
      FileUpload.Job(path: file.path, bytes: file.bytes, makesParents: true, heldAs: name)
    ) { sent in
      await progress(
        Installation.Progress(
          path: "\(file.path)", done: sent, size: file.bytes.count, totalDone: done + sent,
          totalSize: size))
    }
    totalDone += file.bytes.count
    if outcome == .held, let name { held.append((file.path.parent.appending(name), file.path)) }
  }

  /// Gives the files that are held their names.
  private mutating func place(
    _ progress: @Sendable (Installation.Progress) async -> Void
  ) async throws(ManagingError) {
    do throws(ManagingError) {
      try await files.rename(held)
    } catch {
      guard case .raised(let traceback) = error.cause,
        OSFailure(traceback)?.number == OSFailure.noRoom,
        try await !files.session.traits.hasDirectories
      else { throw error }
      // Where a file cannot be renamed it is copied, and there may be no room for two.
      for (temporary, path) in held {
        guard let file = plan.files.first(where: { $0.path == path }) else { continue }
        try? await files.remove(temporary, recursive: false)
        totalDone -= file.bytes.count
        try await send(file, progress)
      }
      try await upload.end()
    }
    held = []
  }

  /// Has the board compile a file, and so nobody else's opinion of what it understands.
  private func check(_ path: BoardPath) async throws(ManagingError) {
    let temporary = held.first { $0.to == path }?.from ?? path
    let traits = try await files.session.traits
    let arguments = [temporary, path].map { PythonLiteral.string($0.onBoard) }
    do throws(ManagingError) {
      _ = try await files.session.run(
        traits.hasCompile ? .check : .checkSmall, arguments.joined(separator: ","))
    } catch {
      guard case .raised(let traceback) = error.cause else { throw error }
      let lines = traceback.split(whereSeparator: \.isNewline)
      guard let what = lines.last, !["MemoryError", "RuntimeError"].contains(where: what.hasPrefix)
      else { return }  // too much to compile beside the REPL, and perhaps not without it
      // The innermost frame; a file that is compiled as a string has a line before its own.
      let first = traits.hasCompile ? 0 : 1
      let line = lines.reversed().lazy.compactMap { line -> Int? in
        guard let range = line.firstRange(of: "\", line ") else { return nil }
        return Int(line[range.upperBound...].prefix { $0.isNumber })
      }.first.map { " line \(max(1, $0 - first))" }
      throw ManagingError(
        .badApplication("\(path.onBoard)\(line ?? ""): \(printable(String(what)))"))
    }
  }

  /// Gives a main.py that no installation wrote another name.
  ///
  /// - Returns: the name; nil when it may be replaced.
  private func keep(
    _ path: BoardPath, _ entry: FileEntry
  ) async throws(ManagingError) -> String? {
    guard entry.size > 0, try await !isOurs(path, entry) else { return nil }
    let names = ["\(path.name).bak"] + (2...9).map { "\(path.name).bak\($0)" }
    let copies = names.map { path.parent.appending($0) }
    let found = try await files.entries(copies, checksums: true)
    for copy in copies {
      if let old = found[copy] {
        if old.size == entry.size, old.checksum == entry.checksum { return "\(copy)" }
      } else {
        try await files.rename([(from: path, to: copy)])
        return "\(copy)"
      }
    }
    throw ManagingError(
      .conflict("\(path) is not an installation's, and nine others are kept; remove some of them"))
  }

  private func isOurs(_ path: BoardPath, _ entry: FileEntry) async throws(ManagingError) -> Bool {
    guard entry.size < 1024 else { return false }
    let head = Head()
    try await files.read("\(path)") { chunk async throws(ManagingError) in await head.append(chunk)
    }
    return await head.bytes.starts(with: Array(Application.mark.utf8))
  }

  private actor Head {
    private(set) var bytes: [UInt8] = []
    func append(_ more: [UInt8]) { bytes += more }
  }
}
