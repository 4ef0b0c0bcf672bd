import Boards
import Foundation
import Simulator
import Testing

/// Files on real MicroPython.
@Suite(.timeLimit(.minutes(5))) struct BoardFilesTests {
  /// What is hard to carry over a REPL.
  static let contents: [(name: String, bytes: [UInt8])] = [
    ("every.bin", Array(0...255)), ("empty", []), ("three", Array(repeating: 3, count: 1000)),
    ("ends", Array(repeating: 4, count: 1000)), ("escapes", [16, 3, 16, 0x43, 16, 0x50, 3, 16]),
  ]

  static func carry(
    _ contents: [(name: String, bytes: [UInt8])], over board: BoardUnderTest
  ) async throws {
    for (name, bytes) in contents {
      #expect(try await board.write(name, bytes), "\(name)")
      #expect(try await board.read("/" + name) == bytes)
      #expect(
        try await board.entry(name)
          == FileEntry(
            path: "/" + name, type: .file, size: bytes.count, checksum: FileEntry.checksum(bytes)))
      #expect(try await !board.write(name, bytes), "\(name) is there already")
    }
    let first = contents[0].name
    #expect(try await board.write(first, [1, 2, 3]))
    #expect(try await board.read(first) == [1, 2, 3])
  }

  /// With the memory for tools that stay on the board, and without.
  @Test(arguments: [nil, "100k"]) func filesGoToTheBoardAndComeBack(heap: String?) async throws {
    try await BoardUnderTest.simulated(heap: heap) { board in
      try await Self.carry(Self.contents + [("long.bin", noise(20_000))], over: board)
      #expect(
        FileManager.default.contents(atPath: board.directory + "/long.bin") == Data(noise(20_000)))
    }
  }

  @Test func aMicroBitTakesFiles() async throws {
    try await BoardUnderTest.microBit { board in
      try await Self.carry(Self.contents, over: board)
      let names = try await board.list("/").map(\.path)
      #expect(names == Self.contents.map { "/" + $0.name }.sorted())
      for name in names {
        try await board.files { files async throws(ManagingError) in
          try await files.remove(name, recursive: false)
        }
      }
      // It neither tells how much is free, nor renames: a copy needs its room twice.
      #expect(try await board.write("big", noise(10_000)))
      #expect(try await board.write("big", noise(10_000, seed: 2)))
      #expect(try await board.read("big") == noise(10_000, seed: 2))
      await #expect {
        try await board.write("big", noise(20_000))
      } throws: { error in
        guard case .noRoom("/big", 20_000, let free) = (error as? ManagingError)?.cause else {
          return false
        }
        return (10_000..<20_000).contains(free)
      }
      #expect(try await board.read("big") == noise(10_000, seed: 2))
      #expect(try await board.list("/").map(\.path) == ["/big"])
      await #expect(throws: ManagingError.self) { try await board.write("lib/a", []) }
    }
  }

  /// What is in a directory; `.boardwalk` is how temporary names begin.
  @Test func anUploadThatBreaksOffLeavesTheOldFile() async throws {
    try await BoardUnderTest.simulated(baud: 460_800) { board in
      let old = noise(300)
      try await board.write("file", old)
      let task = Task {
        try await board.files { files async throws(ManagingError) in
          try await files.write("file", noise(100_000), parents: false) { _ in
            withUnsafeCurrentTask { $0?.cancel() }
          }
        }
      }
      await #expect(throws: ManagingError(.cancelled)) { try await task.value }
      #expect(try await board.list("/").map(\.path) == ["/file"])
      #expect(try await board.read("file") == old)

      let plug = try #require(board.simulated)
      await #expect(throws: ManagingError(.lineClosed(.unplugged))) {
        try await board.files { files async throws(ManagingError) in
          try await files.write("file", noise(100_000), parents: false) { _ in
            try? await plug.unplug()
          }
        }
      }
      #expect(FileManager.default.contents(atPath: board.directory + "/file") == Data(old))
      // Power is lost as well: what was written so far stays under its temporary name.
      _ = FileManager.default.createFile(
        atPath: board.directory + "/.boardwalk", contents: Data(noise(10)))
      _ = FileManager.default.createFile(
        atPath: board.directory + "/.boardwalk1", contents: Data(noise(10)))
      try await plug.reset()
      try await plug.plug()
      try await board.waitForPort()
      #expect(try await board.write("file", noise(10_000)))
      #expect(try await board.list("/").map(\.path) == ["/file"])
    }
  }

  /// Some bytes on the way to the board are damaged, with other seeds others.
  @Test(arguments: [1, 2, 3, 4, 5, 6]) func damageIsFound(seed: UInt64) async throws {
    let faults = LineFaults(corrupt: 6e-5)
    try await BoardUnderTest.simulated(faultsToBoard: faults, seed: seed) { board in
      let (old, new) = (noise(300), noise(60_000))
      var isWritten = false
      do throws(ManagingError) {
        try await board.write("file", old)
        isWritten = try await board.write("file", new)
      } catch {
        switch error.cause {
        case .damaged, .raised, .repl: break
        default: throw error
        }
      }
      #expect(board.simulated?.counts.toBoard.corrupted ?? 0 > 0)
      let found = FileManager.default.contents(atPath: board.directory + "/file").map(Array.init)
      #expect(isWritten ? found == new : found == old || found == nil)
    }
  }

  @Test(arguments: ["VfsLfs2", "VfsFat"]) func aFullFileSystemIsSaid(kind: String) async throws {
    try await BoardUnderTest.simulated { board in
      _ = try await board.run(
        """
        import vfs
        class Disk:
          def __init__(self): self.data = bytearray(512 * 60)
          def readblocks(self, n, b, o=0): b[:] = self.data[n * 512 + o:n * 512 + o + len(b)]
          def writeblocks(self, n, b, o=None):
            o = n * 512 + (o or 0)
            self.data[o:o + len(b)] = b
          def ioctl(self, what, n): return {4: 60, 5: 512, 6: 0}.get(what)
        disk = Disk()
        vfs.\(kind).mkfs(disk)
        vfs.mount(vfs.\(kind)(disk), "/ram")
        """)
      let old = noise(9000)
      try await board.write("ram/file", old)
      let free = try await board.freeBytes(in: "/ram")
      // littlefs needs room of its own.
      for size in [free + 1, 512 * 60] + (kind == "VfsLfs2" ? [free] : []) {
        await #expect(
          throws: ManagingError(.noRoom(path: "/ram/file", needed: size, free: free))
        ) {
          try await board.write("ram/file", noise(size))
        }
        #expect(try await board.read("ram/file") == old)
        #expect(try await board.list("ram").map(\.path) == ["/ram/file"])
      }
    }
  }

  @Test func namesAreQuoted() async throws {
    try await BoardUnderTest.simulated { board in
      let names = ["it's", "a\"b", "a\\b", "$HOME", "größe", "日本", "🙂", "'+str(1)+'", " ", "-rf"]
      for name in names { #expect(try await board.write(name, Array(name.utf8))) }
      _ = try await board.run("open('new\\nline', 'w').close()")
      let entries = try await board.list("/")
      #expect(Set(entries.map(\.path)) == Set((names + ["new\nline"]).map { "/" + $0 }))
      for name in names { #expect(try await board.read(name) == Array(name.utf8)) }
      try await board.files { files async throws(ManagingError) in
        try await files.remove("new\nline", recursive: false)
      }
      for name in ["a/../../b", "x\u{0}", "a\nb", "", "/"] {
        await #expect(throws: ManagingError.self, "\(name)") { try await board.write(name, []) }
      }
      #expect(try await board.list("/").count == names.count)
    }
  }

  @Test func directories() async throws {
    try await BoardUnderTest.simulated { board in
      try await board.files { files async throws(ManagingError) in
        try await files.makeDirectory("a/b/", parents: true)
        try await files.makeDirectory("/a//./b", parents: true)
        _ = try await files.write("a/c/d/e", [5], parents: true) { _ in }
        _ = try await files.write("a/z", [], parents: false) { _ in }
      }
      func failure(
        _ body: @Sendable @escaping (BoardFiles) async throws(ManagingError) -> Void
      ) async -> ManagingError.Cause? {
        do {
          try await board.files(body)
          return nil
        } catch { return error.cause }
      }
      let all = try await board.files { files async throws(ManagingError) in
        try await files.list("", recursive: true, checksums: true)
      }
      #expect(all.map(\.path) == ["/a", "/a/b", "/a/c", "/a/c/d", "/a/c/d/e", "/a/z"])
      #expect(all.last?.checksum == "00000000")
      #expect(try await board.list("a/c").map(\.path) == ["/a/c/d"])
      #expect(
        await failure { files async throws(ManagingError) in
          _ = try await files.write("b/f", [], parents: false) { _ in }
        } == .notFound(path: "/b"))
      for path in ["a", "a/z/f"] {
        guard
          case .conflict = await failure({ files async throws(ManagingError) in
            _ = try await files.write(path, [], parents: true) { _ in }
          })
        else {
          Issue.record("\(path) is a directory or below a file")
          continue
        }
      }
      for path in ["a/b", "a/z/f", "a/z"] {
        guard
          case .conflict = await failure({ files async throws(ManagingError) in
            try await files.makeDirectory(path, parents: false)
          })
        else {
          Issue.record("\(path) is there or below a file")
          continue
        }
      }
      guard
        case .conflict = await failure({ files async throws(ManagingError) in
          try await files.remove("a", recursive: false)
        })
      else {
        Issue.record("a is not empty")
        return
      }
      #expect(
        await failure { files async throws(ManagingError) in
          _ = try await files.list("a/x", recursive: false, checksums: false)
        } == .notFound(path: "/a/x"))
      try await board.files { files async throws(ManagingError) in
        try await files.remove("a", recursive: true)
      }
      #expect(try await board.list("/").isEmpty)
      #expect(try await board.entry("a") == nil)
      #expect(
        await failure { files async throws(ManagingError) in
          try await files.read("a") { _ in }
        } == .notFound(path: "/a"))
    }
  }

  @Test func aReaderThatStopsLeavesTheBoardInOrder() async throws {
    try await BoardUnderTest.simulated { board in
      try await board.write("file", noise(50_000))
      await #expect(throws: ManagingError(.outputTooLong(limit: 1))) {
        try await board.files { files async throws(ManagingError) in
          try await files.read("file") { _ throws(ManagingError) in
            throw ManagingError(.outputTooLong(limit: 1))
          }
        }
      }
      #expect(try await board.run("print('in order')") == "in order\n")
    }
  }

  @Test func whatABoardSaysOfItself() async throws {
    try await BoardUnderTest.simulated { board in
      let info = try await board.board.manage("test") { session async throws(ManagingError) in
        try await BoardInfo.read(session)
      }
      #expect(info.implementation == "micropython" && info.bytecode == 6)
      #expect(info.version.hasPrefix("1.") && info.firmware.contains("MicroPython"))
      #expect(info.heapFree > 0 && info.heapUsed > 0 && info.flashFree ?? 0 > 0)
      #expect(info.modules.contains("asyncio") && info.modules == info.modules.sorted())
    }
    try await BoardUnderTest.microBit { board in
      let info = try await board.board.manage("test") { session async throws(ManagingError) in
        try await BoardInfo.read(session)
      }
      #expect(info.version == "1.9.2" && info.machine == "micro:bit with nRF51822")
      #expect(info.bytecode == nil && info.flashSize == nil && info.uniqueID?.count == 16)
      #expect(info.modules.contains("microbit"))
    }
  }
}
