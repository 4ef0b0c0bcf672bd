import Dispatch
import Glibc
import SerialIO
import Simulator

import struct Foundation.Data
import class Foundation.FileManager
import struct Foundation.URL

/// A reason for a test to stop.
struct TestFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// A simulated board that runs, and what a test does with it.
struct TestBoard: Sendable {
  let board: SimulatedBoard
  let directory: String
  /// The board's notices so far are taken from here.
  let notices: NoticeReader

  /// Runs an app on a board for as long as `body` takes.
  static func with<Result: Sendable>(
    _ source: String,
    configure: (inout SimulatedBoard.Configuration, _ directory: String) -> Void = { _, _ in },
    body: @Sendable (TestBoard) async throws -> Result
  ) async throws -> Result {
    try await run(
      files: ["app.py": source],
      configure: { directory in
        var configuration = SimulatedBoard.Configuration(.app(directory + "/app.py"))
        configure(&configuration, directory)
        return configuration
      }, body: body)
  }

  /// Runs a board as it comes, but for these files, for as long as `body` takes.
  static func stock<Result: Sendable>(
    files: [String: String] = [:], body: @Sendable (TestBoard) async throws -> Result
  ) async throws -> Result {
    try await run(files: files, configure: { .init(.stock(files: $0)) }, body: body)
  }

  private static func run<Result: Sendable>(
    files: [String: String], configure: (_ directory: String) -> SimulatedBoard.Configuration,
    body: @Sendable (TestBoard) async throws -> Result
  ) async throws -> Result {
    var template = Array("/tmp/boardwalk-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TestFailure("no directory: \(errno)") }
    let directory = String(
      decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    for (name, text) in files {
      let file = URL(filePath: directory).appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    var configuration = configure(directory)
    configuration.microPython = getenv("BOARDWALK_MICROPYTHON").map { String(cString: $0) }
    let board = SimulatedBoard(configuration)
    let running = Task { try await board.run() }
    let test = TestBoard(
      board: board, directory: directory, notices: NoticeReader(board.notices))
    let result: Swift.Result<Result, any Error>
    do {
      try await test.notices.waitForLine()
      result = .success(try await body(test))
    } catch { result = .failure(error) }
    running.cancel()
    try await running.value
    return try result.get()
  }

  /// Opens the board's port as the gateway does.
  func open() throws -> TestLine {
    guard let path = board.path else { throw TestFailure("the board has no path") }
    return TestLine(try SerialPort.open(path: path))
  }

  /// Opens the board's port and sends one byte, for which the app waits: opening forgets what
  /// came before it.
  func openAndGo() async throws -> TestLine {
    let line = try open()
    try await line.write([0x0A])
    return line
  }

  /// Opens the board's port and brings the board to its prompt.
  func openAtPrompt() async throws -> TestConsole {
    let console = TestConsole(try open())
    try await console.reachPrompt()
    return console
  }

  /// What is in a file of the board.
  func contents(_ name: String) throws -> String {
    try String(contentsOfFile: directory + "/" + name, encoding: .utf8)
  }

  /// The process that was started last, or the next one when that has been asked before.
  func started() async throws -> pid_t {
    if let pid = await notices.takePid() { return pid }
    while true {
      if case .started(let pid) = try await notices.next() { return pid_t(pid) }
    }
  }
}

/// Hands out notices one by one.
actor NoticeReader {
  private var iterator: AsyncStream<SimulatedBoard.Notice>.Iterator
  private var pid: pid_t?

  init(_ notices: AsyncStream<SimulatedBoard.Notice>) {
    iterator = notices.makeAsyncIterator()
  }

  /// The process that a notice taken for another reason told of.
  func takePid() -> pid_t? {
    defer { pid = nil }
    return pid
  }

  /// Takes notices until the line is there.
  func waitForLine() async throws {
    while true {
      switch try await next() {
      case .plugged: return
      case .started(let number): pid = pid_t(number)
      default: break
      }
    }
  }

  func next() async throws -> SimulatedBoard.Notice {
    var copy = iterator
    let notice = await copy.next(isolation: self)
    iterator = copy
    guard let notice else { throw TestFailure("the board has ended") }
    return notice
  }
}

/// The gateway's end of a line, for tests. Waits on threads of Dispatch, not on those of tasks.
final class TestLine: Sendable {
  private let port: SerialPort
  private let queue = DispatchQueue(label: "line", qos: .userInitiated)

  init(_ port: consuming SerialPort) { self.port = port }

  var descriptor: CInt { port.descriptor }

  /// Runs a blocking body off the tasks' threads.
  func blocking<Result: Sendable>(
    _ body: @escaping @Sendable (CInt) throws -> Result
  ) async throws -> Result {
    let descriptor = descriptor
    return try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Swift.Result { try body(descriptor) }) }
    }
  }

  /// Waits until the other end hangs up; at most ten seconds.
  func hangUp() async throws {
    try await blocking { descriptor in
      var entry = pollfd(fd: descriptor, events: 0, revents: 0)
      guard poll(&entry, 1, 10_000) == 1 else { throw TestFailure("the line does not hang up") }
    }
  }

  func write(_ bytes: [UInt8]) async throws {
    try await blocking { try Self.write(bytes, to: $0) }
  }

  /// Writes on another queue, and so also while the line is read.
  func writeAside(_ bytes: [UInt8]) async throws {
    let descriptor = descriptor
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue(label: "writer").async {
        continuation.resume(with: Swift.Result { try Self.write(bytes, to: descriptor) })
      }
    }
  }

  /// Reads until the condition holds; at most ten seconds.
  @discardableResult
  func read(
    until isDone: @escaping @Sendable ([UInt8]) -> Bool
  ) async throws -> [UInt8] {
    try await blocking { try Self.read(from: $0, until: isDone) }
  }

  @discardableResult
  func read(until text: String) async throws -> String {
    let bytes = try await read { $0.contains(Array(text.utf8)) }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func write(_ bytes: [UInt8], to descriptor: CInt) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      guard poll(&entry, 1, 10_000) == 1 else { throw TestFailure("the line takes nothing") }
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno != EAGAIN { throw TestFailure("write: \(errno)") }
      rest = rest.dropFirst(max(0, count))
    }
  }

  static func read(
    from descriptor: CInt, after bytes: [UInt8] = [], within limit: Duration = .seconds(60),
    until isDone: ([UInt8]) -> Bool
  ) throws -> [UInt8] {
    var bytes = bytes
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let deadline = ContinuousClock.now + limit
    while !isDone(bytes) {
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let left = max(0, CInt((deadline - .now) / .milliseconds(1)))
      guard poll(&entry, 1, left) == 1 else {
        throw TestFailure("waited in vain after \(String(decoding: bytes, as: UTF8.self))")
      }
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count <= 0, errno != EAGAIN { throw TestFailure("read \(count): \(errno)") }
      if count > 0 { bytes += buffer[..<count] }
    }
    return bytes
  }
}

/// An app that waits for a byte, says that it is ready, and sends back blocks of so many bytes:
/// `readinto` waits until its buffer is full.
func echoApp(block: Int) -> String {
  """
  import sys
  source = sys.stdin.buffer
  sink = sys.stdout.buffer
  space = bytearray(\(block))
  source.read(1)
  sink.write(b"ready\\n")
  while True:
      source.readinto(space)
      sink.write(space)
  """
}

/// A second thread for a line, to read while the first one writes.
struct TestReader: Sendable {
  let descriptor: CInt

  init(_ descriptor: CInt) { self.descriptor = descriptor }

  func read(count: Int) async throws -> [UInt8] {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue(label: "reader").async {
        continuation.resume(
          with: Swift.Result { try TestLine.read(from: descriptor) { $0.count >= count } })
      }
    }
  }
}
