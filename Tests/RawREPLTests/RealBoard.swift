import Glibc
import MonotonicTime
import RawREPL

/// A line to a real MicroPython, and a raw REPL's client that talks over it in real time.
///
/// It blocks; ``MachineKind/with(_:body:)`` calls it on a thread of its own.
final class RealBoard {
  private static let patience: Duration = .seconds(90)

  var repl: RawREPL
  private let line: CInt
  private var heard: [UInt8] = []

  /// Waits for the board's friendly prompt, and for silence after it.
  init(line: CInt, configuration: RawREPL.Configuration) throws {
    self.line = line
    repl = RawREPL(configuration: configuration)
    let deadline = Instant.now + Self.patience
    var isQuiet = false
    // It may still be starting, and forget what is typed.
    while !isQuiet || !heard.contains(Array(">>> ".utf8)), .now < deadline {
      isQuiet = !poll(POLLIN, until: .now + .milliseconds(100))
      heard += read()
      if isQuiet, heard.isEmpty { try type("\r") }
    }
    try typeSlowly("print('he' + 're')\r")
    try hear("here\n>>> ")
  }

  // MARK: The line without the client

  func type(_ text: String) throws { try type(Array(text.utf8)) }

  func type(_ bytes: [UInt8]) throws {
    var rest = bytes
    let deadline = Instant.now + Self.patience
    while !rest.isEmpty {
      try wait(for: POLLOUT, until: deadline, "the line takes nothing")
      rest.removeFirst(max(0, write(line, rest, rest.count)))
    }
  }

  /// Types each byte when the one before has been echoed, as the smallest boards need it; what
  /// is not echoed within 20 ms is not going to be.
  func typeSlowly(_ text: String) throws {
    for byte in text.utf8 {
      try type([byte])
      if poll(POLLIN, until: .now + .milliseconds(20)) { heard += read() }
    }
  }

  /// Reads until the text is there; returns do not count.
  func hear(_ text: String) throws {
    let mark = Array(text.utf8)
    let deadline = Instant.now + Self.patience
    while !heard.filter({ $0 != 0x0D }).contains(mark) {
      let said = String(decoding: heard.suffix(1000), as: UTF8.self)
      try wait(
        for: POLLIN, until: deadline, "no \(text.debugDescription) in \(said.debugDescription)")
      heard += read()
    }
    heard = []
  }

  // MARK: The client

  /// Lets the client work until an event answers.
  func until<Result>(_ answer: (RawREPL.Event) throws -> Result?) throws -> Result {
    let end = Instant.now + Self.patience
    while true {
      while let event = repl.nextEvent() {
        if let result = try answer(event) { return result }
      }
      if repl.hasOutput { try type(repl.takeOutput()) }
      if poll(POLLIN, until: min(end, repl.nextDeadline ?? end)) {
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

  /// - Parameter interrupts: whether each line that it writes is answered with an interrupt.
  /// - Returns: what the code wrote, without returns, and its traceback.
  @discardableResult
  func execute(
    _ code: String, limit: Duration? = .seconds(10), isProgram: Bool = false,
    input: String = "", interrupts: Bool = false
  ) throws -> (output: String, error: String) {
    repl.execute(Array(code.utf8), limit: limit, isProgram: isProgram, now: .now)
    var output: [UInt8] = []
    let error: String = try until { event in
      switch event {
      case .started: repl.write(Array(input.utf8), now: .now)
      case .output(let bytes):
        output += bytes
        if interrupts, output.last == 0x0A { repl.interrupt(now: .now) }
      case .finished(let error): return String(decoding: error, as: UTF8.self)
      case .failed(let error): throw error
      default: break
      }
      return nil
    }
    return (String(decoding: output.filter { $0 != 0x0D }, as: UTF8.self), error)
  }

  /// As ``execute(_:limit:isProgram:input:interrupts:)``, with the bytes as they came.
  func executeForBytes(_ code: String) throws -> [UInt8] {
    repl.execute(Array(code.utf8), limit: .seconds(10), now: .now)
    var output: [UInt8] = []
    return try until { event in
      switch event {
      case .output(let bytes): output += bytes
      case .finished: return output
      case .failed(let error): throw error
      default: break
      }
      return nil
    }
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

  // MARK: The descriptor

  private func read() -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = Glibc.read(line, &buffer, buffer.count)
    return Array(buffer[..<max(0, count)])
  }

  private func poll(_ event: Int32, until deadline: Instant) -> Bool {
    var entry = pollfd(fd: line, events: Int16(event), revents: 0)
    let left = (deadline - .now) / .milliseconds(1)
    return Glibc.poll(&entry, 1, CInt(max(0, left.rounded(.up)))) == 1
  }

  private func wait(
    for event: Int32, until deadline: Instant, _ complaint: String
  ) throws {
    guard poll(event, until: deadline) else { throw TestFailure(complaint) }
  }
}

/// A reason for a test to stop.
struct TestFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
