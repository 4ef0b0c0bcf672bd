import Testing

@testable import boardwalk

@Suite struct CopyPlanTests {
  private let tree = [
    CopyEntry(path: "", kind: .directory), CopyEntry(path: "a.py", kind: .file, size: 10),
    CopyEntry(path: "sub", kind: .directory),
    CopyEntry(path: "sub/b.py", kind: .file, size: 20),
  ]

  private func plan(
    _ entries: [CopyEntry], existing: [CopyEntry] = [], isSame: Bool = true
  ) throws -> CopyPlan {
    var plan = CopyPlan()
    let known = Dictionary(uniqueKeysWithValues: existing.map { ($0.path, $0) })
    try plan.add(entries, from: "lib", to: "/lib", existing: known) { _, _ in isSame }
    return plan
  }

  @Test func allOfIt() throws {
    let plan = try plan(tree)
    #expect(
      plan.steps == [
        .makeDirectory("/lib"),
        .copy(CopyPlan.Item(source: "lib/a.py", target: "/lib/a.py", size: 10)),
        .makeDirectory("/lib/sub"),
        .copy(CopyPlan.Item(source: "lib/sub/b.py", target: "/lib/sub/b.py", size: 20)),
      ])
    #expect(plan.size == 30)
    #expect(plan.unchanged == 0)
  }

  @Test func onlyWhatDiffers() throws {
    let same = try plan(tree, existing: tree)
    #expect(same.steps.isEmpty)
    #expect(same.unchanged == 2)
    let other = try plan(tree, existing: tree, isSame: false)
    #expect(other.steps.count == 2)
    #expect(other.unchanged == 0)
  }

  @Test func anotherSizeNeedsNoChecksum() throws {
    var existing = tree
    existing[1].size = 11
    let plan = try plan(tree, existing: existing)
    #expect(
      plan.steps == [.copy(CopyPlan.Item(source: "lib/a.py", target: "/lib/a.py", size: 10))])
    #expect(plan.unchanged == 1)
  }

  @Test func aFileAlone() throws {
    let plan = try plan([CopyEntry(path: "", kind: .file, size: 5)])
    #expect(plan.steps == [.copy(CopyPlan.Item(source: "lib", target: "/lib", size: 5))])
  }

  @Test func whatIsInTheWay() {
    let words = [
      ("is no directory", [CopyEntry(path: "sub", kind: .file)]),
      ("is no file", [CopyEntry(path: "a.py", kind: .directory)]),
      ("is no directory", [CopyEntry(path: "sub", kind: .other)]),
      ("is no file", [CopyEntry(path: "a.py", kind: .other)]),
    ]
    for (words, existing) in words {
      let error = #expect(throws: Complaint.self) { try plan(tree, existing: existing) }
      #expect(error?.description.contains(words) ?? false)
    }
  }

  @Test func whatCannotBeCopied() {
    #expect(throws: Complaint.self) { try plan([CopyEntry(path: "", kind: .other)]) }
  }

  @Test func twoFilesOfOneName() throws {
    var plan = CopyPlan()
    let file = [CopyEntry(path: "", kind: .file)]
    try plan.add(file, from: "a/x", to: "/x", existing: [:]) { _, _ in true }
    #expect(throws: Complaint.self) {
      try plan.add(file, from: "b/x", to: "/x", existing: [:]) { _, _ in true }
    }
  }

  @Test func twoTreesInOneDirectory() throws {
    var plan = CopyPlan()
    for (source, name) in [("a", "x"), ("b", "y")] {
      let entries = [CopyEntry(path: "", kind: .directory), CopyEntry(path: name, kind: .file)]
      try plan.add(entries, from: source, to: "/lib", existing: [:]) { _, _ in true }
    }
    #expect(plan.steps.filter { $0 == .makeDirectory("/lib") }.count == 1)
    #expect(plan.steps.count == 3)
  }
}
