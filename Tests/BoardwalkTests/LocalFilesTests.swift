import Boards
import Foundation
import Glibc
import Testing

@testable import boardwalk

/// Files of this machine, in a directory of their own.
@Suite final class LocalFilesTests {
  private let directory = URL.temporaryDirectory.appending(path: "boardwalk-\(UUID())")

  init() throws {
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  private func path(_ name: String) -> String { directory.appending(path: name).path }

  private func make(_ name: String, _ text: String = "x") throws {
    let url = directory.appending(path: name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() }
  }

  @Test func aTree() throws {
    try make("lib/b.py", "12345")
    try make("lib/a/c.py")
    try FileManager.default.createDirectory(
      at: directory.appending(path: "lib/empty"), withIntermediateDirectories: true)
    let tree = try #require(try LocalTree(path("lib"), followsLinks: true))
    #expect(tree.entries.map(\.path) == ["", "a", "a/c.py", "b.py", "empty"])
    #expect(tree.byPath["b.py"]?.size == 5)
    #expect(try LocalTree(path("nothing"), followsLinks: true) == nil)
  }

  @Test func links() throws {
    try make("lib/a.py", "12345")
    #expect(symlink("a.py", path("lib/b.py")) == 0)
    let followed = try #require(try LocalTree(path("lib"), followsLinks: true))
    #expect(followed.byPath["b.py"] == CopyEntry(path: "b.py", kind: .file, size: 5))
    let seen = try #require(try LocalTree(path("lib"), followsLinks: false))
    #expect(seen.byPath["b.py"]?.kind == .other)
  }

  @Test func aCircleOfLinks() throws {
    try make("lib/a.py")
    #expect(symlink(".", path("lib/again")) == 0)
    #expect(throws: Complaint.self) { try LocalTree(path("lib"), followsLinks: true) }
  }

  @Test func aFileIsPutInItsPlace() throws {
    try LocalFile.write(path("a"), Array("one".utf8))
    try LocalFile.write(path("a"), Array("two".utf8))
    #expect(try LocalFile.read(path("a")) == Array("two".utf8))
    #expect(try names == ["a"])
  }

  @Test func aFileKeepsItsMode() throws {
    try make("a")
    chmod(path("a"), 0o755)
    try LocalFile.write(path("a"), [1])
    var status = stat()
    #expect(stat(path("a"), &status) == 0)
    #expect(status.st_mode & 0o777 == 0o755)
  }

  @Test func whatCannotBeWrittenLeavesNothing() throws {
    try make("a/b")
    #expect(throws: Complaint.self) { try LocalFile.write(path("a"), [1]) }
    #expect(try names == ["a"])
    #expect(throws: Complaint.self) { try LocalFile.write(path("none/a"), [1]) }
  }

  // MARK: Applications

  @Test func aProgramAndWhatItNeeds() throws {
    try make("app.py", "1")
    try make("static/index.html", "2")
    try make("static/.git/config")
    try make("static/__pycache__/x.pyc")
    let files = try ApplicationFiles([path("app.py"), path("static")]).files
    #expect(files.map(\.path) == ["app.py", "static/index.html"])
    #expect(files[0].bytes == Array("1".utf8))
  }

  @Test func aDirectoryIsTheProgram() throws {
    try make("project/helper.py")
    try make("project/main.py")
    try make("project/lib/x.py")
    let files = try ApplicationFiles([path("project")]).files
    #expect(files.map(\.path) == ["main.py", "helper.py", "lib/x.py"])
    try make("project/app.py")
    #expect(try ApplicationFiles([path("project")]).files[0].path == "app.py")
  }

  @Test func whatCannotBeInstalled() throws {
    try make("static/index.html")
    try make("a/x.py")
    try make("b/x.py")
    #expect(throws: Complaint.self) { try ApplicationFiles([path("static")]) }
    #expect(throws: Complaint.self) { try ApplicationFiles([path("none.py")]) }
    #expect(throws: Complaint.self) { try ApplicationFiles([path("a/x.py"), path("b/x.py")]) }
  }
}
