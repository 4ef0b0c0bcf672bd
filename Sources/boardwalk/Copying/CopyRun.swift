/// Copies what a plan says, and shows how it goes.
struct CopyRun {
  /// What was done.
  struct Summary: CustomStringConvertible {
    var files = 0
    var bytes = 0
    var unchanged = 0

    var description: String {
      "\(ByteText.grouped(files)) \(files == 1 ? "file" : "files"), \(ByteText.count(bytes)), "
        + "\(ByteText.grouped(unchanged)) unchanged"
    }
  }

  private let plan: CopyPlan
  private var display: ProgressDisplay
  private(set) var summary: Summary

  init(_ plan: CopyPlan, isQuiet: Bool) {
    self.plan = plan
    display = ProgressDisplay(total: plan.size, isQuiet: isQuiet)
    summary = Summary(unchanged: plan.unchanged)
  }

  /// - Parameters:
  ///   - makeDirectory: makes the directory at a path, whose parent is there.
  ///   - copy: copies a file, and tells how many of its bytes are there; returns how many there are
  ///     in the end, or nil when it was there already.
  mutating func run(
    makeDirectory: (String) async throws -> Void,
    copy: (CopyPlan.Item, (Int) async throws -> Void) async throws -> Int?
  ) async throws {
    do {
      for step in plan.steps {
        switch step {
        case .makeDirectory(let path): try await makeDirectory(path)
        case .copy(let item): try await self.copy(item, copy)
        }
      }
    } catch {
      try? await display.erase()
      throw error
    }
    try await display.erase()
  }

  private mutating func copy(
    _ item: CopyPlan.Item, _ copy: (CopyPlan.Item, (Int) async throws -> Void) async throws -> Int?
  ) async throws {
    var display = display
    try await display.begin(item.target, size: item.size)
    let size = try await copy(item) { try await display.advance(to: $0) }
    if let size {
      summary.files += 1
      summary.bytes += size
      try await display.end(size: size)
    } else {
      summary.unchanged += 1
      display.skip()
    }
    self.display = display
  }
}
