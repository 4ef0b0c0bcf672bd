import Boards
import Testing

@testable import boardwalk

@Suite struct BoardTreeTests {
  private func entries(_ paths: String..., below root: String) throws -> [CopyEntry] {
    try BoardTree.entries(
      paths.map {
        $0.hasSuffix("/")
          ? FileEntry(path: String($0.dropLast()), type: .directory, size: 0)
          : FileEntry(path: $0, type: .file, size: 1)
      }, below: root)
  }

  @Test func pathsAreBelowTheRoot() throws {
    let found = try entries("/lib/sub/b.py", "/lib/sub/", "/lib/a.py", below: "/lib")
    #expect(found.map(\.path) == ["a.py", "sub", "sub/b.py"])
    #expect(try entries("/a.py", below: "/").map(\.path) == ["a.py"])
  }

  @Test(arguments: [
    "/lib/../../etc/passwd", "/lib/..", "/lib/./x", "/lib//x", "/lib/", "/etc/passwd", "x", "../x",
    "/library/x", "/lib/a\u{1B}[2Jb", "/lib/a\nb", "/lib/a\u{0}b", "/lib/a\u{202E}b", "/lib",
    "/lib/../\u{301}x", "/lib/a/\u{301}../\u{301}../\u{301}x", "/lib\u{301}/x", "/lib/missing/x",
    "/lib/" + String(repeating: "x", count: 256),
  ])
  func hostileNames(path: String) {
    let list = [
      FileEntry(path: "/lib/good.py", type: .file, size: 1),
      FileEntry(path: path, type: .file, size: 1),
    ]
    #expect(throws: Complaint.self) { try BoardTree.entries(list, below: "/lib") }
  }

  @Test func aFileWithFilesInIt() {
    #expect(throws: Complaint.self) { try entries("/lib/a", "/lib/a/b", below: "/lib") }
  }

  @Test func oneNameTwice() {
    #expect(throws: Complaint.self) { try entries("/lib/a", "/lib/a", below: "/lib") }
  }

  @Test(arguments: [-1, Int.max]) func impossibleSizes(size: Int) {
    let list = [FileEntry(path: "/a", type: .file, size: size)]
    #expect(throws: Complaint.self) { try BoardTree.entries(list, below: "/") }
  }
}
