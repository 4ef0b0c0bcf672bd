import Glibc
import RawREPL
import Testing

@testable import Simulator

/// A reason for a test to stop.
struct TestFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// A MicroPython that runs on a pty, and a raw REPL's client that talks to it in real time.
final class RealBoard {
  enum Kind: String, CaseIterable, CustomTestStringConvertible {
    /// The unix port: raw-paste mode.
    case unixPort
    /// The firmware of the BBC micro:bit, in QEMU: plain raw mode, and 63 bytes of input.
    case microbit

    var testDescription: String { rawValue }
  }

  private static let patience: Duration = .seconds(20)
  private static let firmware = "/usr/share/firmware-microbit-micropython/firmware.hex"

  var repl: RawREPL
  private let process: BoardProcess
  private let line: CInt
  /// Whether a byte 03 has to be made an interrupt here; a microcontroller does so itself.
  private let interruptsBySignal: Bool
  private var heard: [UInt8] = []

  /// Starts a board, and waits for its first prompt.
  init(_ kind: Kind, configuration: RawREPL.Configuration = .init()) throws {
    var arguments: [String]
    switch kind {
    case .unixPort:
      let given = getenv("BOARDWALK_MICROPYTHON").map { String(cString: $0) }
      arguments = [try MicroPython.locate(given)]
    case .microbit:
      guard access(Self.firmware, R_OK) == 0 else {
        throw TestFailure("install qemu-system-arm and firmware-microbit-micropython")
      }
      arguments = ["/usr/bin/qemu-system-arm", "-M", "microbit"]
      arguments += ["-device", "loader,file=\(Self.firmware)", "-display", "none"]
      arguments += ["-monitor", "none", "-serial"]
    }
    var terminal = try PseudoTerminal(nonBlockingMaster: true)
    if kind == .microbit { arguments.append(terminal.path) }
    process = try BoardProcess(
      arguments: arguments, environment: ["PATH=/usr/bin"], directory: "/tmp",
      line: .terminal(terminal.path))
    guard let line = terminal.takeMaster() else { throw TestFailure("the pty has no master") }
    self.line = line
    interruptsBySignal = kind == .unixPort
    repl = RawREPL(configuration: configuration)
    try hear(">>> ")
  }

  deinit {
    process.terminate()
    close(line)
  }

  // MARK: The line without the client

  func type(_ bytes: some Collection<UInt8>) throws {
    var rest = Array(bytes)
    let deadline = ContinuousClock.now + Self.patience
    while !rest.isEmpty {
      try wait(for: POLLOUT, until: deadline, "the line takes nothing")
      let interrupts = rest.prefix { $0 == 0x03 }.count
      if interrupts > 0, interruptsBySignal, process.interrupt() {
        rest.removeFirst(interrupts)
      } else {
        let count = interrupts > 0 ? interrupts : rest.prefix { $0 != 0x03 }.count
        rest.removeFirst(max(0, write(line, rest, count)))
      }
    }
  }

  func type(_ text: String) throws { try type(Array(text.utf8)) }

  /// Reads until the text is there.
  func hear(_ text: String) throws {
    let mark = Array(text.utf8)
    let deadline = ContinuousClock.now + Self.patience
    while !heard.contains(mark) {
      let said = String(decoding: heard, as: UTF8.self)
      try wait(for: POLLIN, until: deadline, "no \(text) in \(said)")
      heard += read()
    }
    heard = []
  }

  // MARK: The client

  /// Lets the client work until an event answers.
  func until<Result>(_ answer: (RawREPL.Event) throws -> Result?) throws -> Result {
    let end = ContinuousClock.now + Self.patience
    while true {
      if repl.hasOutput { try type(repl.takeOutput()) }
      while let event = repl.nextEvent() {
        if let result = try answer(event) { return result }
      }
      let deadline = min(end, repl.nextDeadline ?? end)
      if poll(POLLIN, until: deadline) {
        read().withUnsafeBytes { repl.receive($0, now: .now) }
      } else if .now >= end {
        throw TestFailure("nothing comes of \(repl.state)")
      }
      repl.advance(now: .now)
    }
  }

  /// - Returns: whether something was running.
  @discardableResult
  func enter() throws -> Bool {
    repl.enter(now: .now)
    return try until { event in
      switch event {
      case .entered(let wasRunning): wasRunning
      case .failed(let error): throw error
      default: nil
      }
    }
  }

  /// - Returns: what the code wrote, and its traceback.
  @discardableResult
  func execute(
    _ code: String, limit: Duration? = .seconds(10)
  ) throws -> (output: [UInt8], error: String) {
    repl.execute(Array(code.utf8), limit: limit, now: .now)
    var output: [UInt8] = []
    let error: String = try until { event in
      switch event {
      case .output(let bytes): output += bytes
      case .finished(let error): return String(decoding: error, as: UTF8.self)
      case .failed(let error): throw error
      default: break
      }
      return nil
    }
    return (output, error)
  }

  func leave(softReset: Bool) throws {
    repl.leave(softReset: softReset, now: .now)
    try until { event in
      switch event {
      case .left: ()
      case .failed(let error): throw error
      default: nil
      }
    }
    heard += repl.takeUnread()
  }

  // MARK: Descriptors

  private func read() -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = Glibc.read(line, &buffer, buffer.count)
    return Array(buffer[..<max(0, count)])
  }

  private func poll(_ event: Int32, until deadline: ContinuousClock.Instant) -> Bool {
    var entry = pollfd(fd: line, events: Int16(event), revents: 0)
    let left = (deadline - .now) / .milliseconds(1)
    return Glibc.poll(&entry, 1, CInt(max(0, left.rounded(.up)))) == 1
  }

  private func wait(
    for event: Int32, until deadline: ContinuousClock.Instant, _ complaint: String
  ) throws {
    guard poll(event, until: deadline) else { throw TestFailure(complaint) }
  }
}
