import Boards
import Events
import Foundation
import Logging
import MonotonicTime
import NIOPosix
import Simulator
import Testing

/// A board that is really there, on a line, and what a test does with it.
struct BoardUnderTest: Sendable {
  let board: Board
  /// The directory that the board has for its file system; empty for one that has its own.
  var directory = ""
  var simulated: SimulatedBoard?

  /// Runs MicroPython's unix port, behind a line, for as long as a body takes.
  ///
  /// - Parameters:
  ///   - baud: of the line; nil for one that passes bytes on at once.
  ///   - heap: of MicroPython, such as `64k`.
  ///   - seed: where faults start.
  static func simulated(
    baud: Int? = nil, heap: String? = nil, faultsToBoard: LineFaults = .none, seed: UInt64 = 0,
    _ body: (BoardUnderTest) async throws -> Void
  ) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(
      path: "boardwalk-\(UUID().uuidString)")
    let root = directory.appending(path: "root")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    var configuration = SimulatedBoard.Configuration(.stock(files: root.path))
    configuration.link = directory.path + "/line"
    configuration.heapSize = heap
    var line = SimulatedBoard.LineOptions(baud: baud, seed: seed)
    line.faultsToBoard = faultsToBoard
    configuration.line = .pumped(line)
    let simulated = SimulatedBoard(configuration)
    let running = Task { try await simulated.run() }
    defer { running.cancel() }
    var options = BoardOptions()
    if let baud { try options.setBaudRate(baud) }
    try await onLine(directory.path + "/line", options) { board in
      try await body(BoardUnderTest(board: board, directory: root.path, simulated: simulated))
    }
    running.cancel()
    try await running.value
  }

  /// Runs the firmware of the BBC micro:bit in QEMU for as long as a body takes.
  static func microBit(_ body: (BoardUnderTest) async throws -> Void) async throws {
    let firmware = "/usr/share/firmware-microbit-micropython/firmware.hex"
    // QEMU has zeros behind the firmware, where a board's flash is erased: the file system lies
    // there, and would lose files as soon as it makes room.
    let firmwareEnd = 0x3BC00
    let erased = FileManager.default.temporaryDirectory.appending(path: "erased-\(UUID())")
    try Data(repeating: 0xFF, count: 0x40000 - firmwareEnd).write(to: erased)
    defer { try? FileManager.default.removeItem(at: erased) }
    let machine = Process()
    machine.executableURL = URL(filePath: "/usr/bin/setpriv")
    machine.arguments =
      ["--pdeathsig", "KILL", "qemu-system-arm", "-M", "microbit", "-serial", "pty"]
      + ["-device", "loader,file=\(firmware)", "-display", "none", "-monitor", "none"]
      + ["-device", "loader,file=\(erased.path),addr=\(firmwareEnd),force-raw=on"]
    let output = Pipe()
    machine.standardInput = FileHandle.nullDevice
    machine.standardOutput = output
    try machine.run()
    defer {
      // It inherits signals that are blocked here, SIGTERM among them.
      kill(machine.processIdentifier, SIGKILL)
      machine.waitUntilExit()
    }
    let greeting = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    let path = try #require(greeting.firstMatch(of: #/\/dev\/pts\/\d+/#)).output
    var options = BoardOptions()
    try options.setBaudRate(115_200)
    try await onLine(String(path), options) { try await body(BoardUnderTest(board: $0)) }
  }

  private static func onLine(
    _ path: String, _ options: BoardOptions, _ body: (Board) async throws -> Void
  ) async throws {
    let log = EventLog(epoch: 1)
    let board = Board(
      name: "b", path: path, options: options, log: log,
      eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
      logger: Logger(label: "board") { _ in SwiftLogNoOpLogHandler() })
    let events = log.subscribe()
    let life = Task { await board.run() }
    let isOpen = Task {
      for await item in events {
        if case .event(let event) = item, case .state("probing", _) = event.kind { return true }
      }
      return false
    }
    let alarm = Task {
      try await Task.sleep(for: .seconds(60))
      isOpen.cancel()
    }
    let opened = await isOpen.value
    alarm.cancel()
    let result: Result<Void, any Error>
    do {
      try #require(opened, "the port of the board was not opened")
      try await body(board)
      result = .success(())
    } catch { result = .failure(error) }
    life.cancel()
    await life.value
    try result.get()
  }

  // MARK: Managing

  /// What a body does with the board's files.
  func files<Value: Sendable>(
    _ body: @Sendable (BoardFiles) async throws(ManagingError) -> Value
  ) async throws(ManagingError) -> Value {
    try await board.manage("test") { session async throws(ManagingError) in
      try await body(BoardFiles(session))
    }
  }

  @discardableResult
  func write(_ path: String, _ bytes: [UInt8]) async throws(ManagingError) -> Bool {
    try await files { files async throws(ManagingError) in
      try await files.write(path, bytes, parents: false) { _ in }
    }
  }

  func read(_ path: String) async throws(ManagingError) -> [UInt8] {
    let content = Collected()
    try await files { files async throws(ManagingError) in
      try await files.read(path) { chunk async throws(ManagingError) in
        await content.append(chunk)
      }
    }
    return await content.bytes
  }

  func list(_ path: String) async throws(ManagingError) -> [FileEntry] {
    try await files { files async throws(ManagingError) in
      try await files.list(path, recursive: false, checksums: false)
    }
  }

  func entry(_ path: String) async throws(ManagingError) -> FileEntry? {
    try await files { files async throws(ManagingError) in
      try await files.entry(path, checksum: true)
    }
  }

  func freeBytes(in directory: String) async throws -> Int {
    let answer = try await run(
      "import os; s = os.statvfs('\(directory)'); print(s[0] * s[3])")
    return try #require(Int(answer.filter { !$0.isWhitespace }))
  }

  /// Waits until the board's port is open.
  func waitForPort() async throws {
    let deadline = Instant.now + .seconds(60)
    while Instant.now < deadline {
      switch await board.state {
      case .probing, .serving, .notServing: return
      default: try await Task.sleep(for: .milliseconds(5))
      }
    }
    Issue.record("the port did not come back")
  }

  func run(_ code: String) async throws(ManagingError) -> String {
    let output = try await board.manage("test") { session async throws(ManagingError) in
      try await session.run(code)
    }
    return String(decoding: output, as: UTF8.self)
  }
}

actor Collected {
  private(set) var bytes: [UInt8] = []

  func append(_ more: [UInt8]) { bytes += more }
}

/// Random bytes, the same in every run.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 33)
  }
}
