import Boards
import Foundation
import Simulator
import Testing

/// Files on real MicroPython.
@Suite(.timeLimit(.minutes(2))) struct BoardFilesTests {
  /// What is hard to carry over a REPL.
  static let contents: [(name: String, bytes: [UInt8])] = [
    ("every.bin", Array(0...255)), ("empty", []), ("three", Array(repeating: 3, count: 1000)),
    ("ends", Array(repeating: 4, count: 1000)), ("escapes", [16, 3, 16, 0x43, 16, 0x50, 3, 16]),
    ("long.bin", noise(20_000)),
  ]

  @Test func filesGoToTheBoardAndComeBack() async throws {
    try await BoardUnderTest.simulated { board in
      for (name, bytes) in Self.contents {
        #expect(try await board.write(name, bytes), "\(name)")
        #expect(FileManager.default.contents(atPath: board.directory + "/" + name) == Data(bytes))
        #expect(try await board.read("/" + name) == bytes)
        let entry = try await board.files { files async throws(ManagingError) in
          try await files.entry(name, checksum: true)
        }
        #expect(
          entry
            == FileEntry(
              path: "/" + name, type: .file, size: bytes.count,
              checksum: FileEntry.checksum(bytes)))
        #expect(try await !board.write(name, bytes), "\(name) is there already")
      }
    }
  }

  @Test func rate() async throws {
    for size in [2000, 20_000, 100_000] {
    try await BoardUnderTest.simulated(baud: 115_200) { board in
      _ = try await board.run("print(1)")
      let bytes = noise(size)
      let before = board.simulated?.counts
      let start = ContinuousClock.now
      #expect(try await board.write("long", bytes))
      let took = ContinuousClock.now - start
      let after = board.simulated?.counts
      print("UP", size, took, Double(size) / 11520 / (took / .seconds(1)), after!.toBoard.bytes - before!.toBoard.bytes, after!.toHost.bytes - before!.toHost.bytes)
      let start2 = ContinuousClock.now
      #expect(try await board.read("long") == bytes)
      let took2 = ContinuousClock.now - start2
      print("DOWN", size, took2, Double(size) / 11520 / (took2 / .seconds(1)))
    }
    }
  }

  @Test func microBit() async throws {
    try await BoardUnderTest.microBit { board in
      for (name, bytes) in Self.contents where bytes.count < 5000 {
        let start = ContinuousClock.now
        #expect(try await board.write(name, bytes), "\(name)")
        print("WROTE", name, ContinuousClock.now - start)
        #expect(try await board.read("/" + name) == bytes)
        print("READ", name, ContinuousClock.now - start)
        #expect(try await !board.write(name, bytes), "\(name) is there already")
      }
      print(try await board.run("import gc;gc.collect();print(gc.mem_free(),dir())"))
    }
  }
}
