import Dispatch
import Foundation
import RawREPL
import Testing

@testable import Simulator

/// The real MicroPythons that there are without hardware.
enum MachineKind: String, CaseIterable, CustomTestStringConvertible {
  /// The unix port: raw-paste mode.
  case unixPort
  /// The firmware of the BBC micro:bit, in QEMU: plain raw mode, and 63 bytes of input.
  case microbit

  private static let firmware = "/usr/share/firmware-microbit-micropython/firmware.hex"
  private static let emulator = "/usr/bin/qemu-system-arm"

  var testDescription: String { rawValue }

  /// Runs a new board for as long as the body takes.
  func with(
    _ configuration: RawREPL.Configuration = .init(enterLimit: .seconds(60)),
    body: @escaping @Sendable (RealBoard) throws -> Void
  ) async throws {
    switch self {
    case .unixPort: try await Self.withUnixPort(configuration, body)
    case .microbit: try await Self.withMicrobit(configuration, body)
    }
  }

  private static func withUnixPort(
    _ configuration: RawREPL.Configuration,
    _ body: @escaping @Sendable (RealBoard) throws -> Void
  ) async throws {
    let files = FileManager.default.temporaryDirectory.path + "/boardwalk-\(UUID())"
    try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: files) }
    let board = SimulatedBoard(.init(.stock(files: files)))
    let running = Task { try await board.run() }
    var path: String?
    for await case .plugged(let plugged) in board.notices {
      path = plugged
      break
    }
    let result: Result<Void, any Error>
    do {
      let line = open(path ?? "", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
      guard line >= 0 else { throw TestFailure("cannot open \(path ?? "nothing"): \(errno)") }
      defer { close(line) }
      result = .success(try await talk(on: line, configuration, body))
    } catch { result = .failure(error) }
    running.cancel()
    try await running.value
    try result.get()
  }

  private static func withMicrobit(
    _ configuration: RawREPL.Configuration,
    _ body: @escaping @Sendable (RealBoard) throws -> Void
  ) async throws {
    guard access(firmware, R_OK) == 0, access(emulator, X_OK) == 0 else {
      throw TestFailure(
        "install qemu-system-arm and firmware-microbit-micropython, or run `make setup-test`")
    }
    let board = try EmulatedBoard(
      [emulator, "-M", "microbit", "-display", "none"]
        + ["-monitor", "none", "-device", "loader,file=\(firmware)"])
    defer { board.process.terminate() }
    try await talk(on: board.line, configuration, body)
  }

  /// Blocks a thread that is none of the tasks'.
  private static func talk(
    on line: CInt, _ configuration: RawREPL.Configuration,
    _ body: @escaping @Sendable (RealBoard) throws -> Void
  ) async throws {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue(label: "line").async {
        continuation.resume(
          with: Result { try body(RealBoard(line: line, configuration: configuration)) })
      }
    }
  }
}

/// QEMU, with its serial port on the slave of a pty, which also ends it when the master closes.
private final class EmulatedBoard: Sendable {
  /// The pty's master.
  let line: CInt
  let process: BoardProcess
  /// Keeps the slave open until QEMU has opened it.
  private let terminal: PseudoTerminal

  init(_ arguments: [String]) throws {
    var terminal = try PseudoTerminal(nonBlockingMaster: true)
    guard let line = terminal.takeMaster() else { throw TestFailure("the pty has no master") }
    self.line = line
    process = try BoardProcess(
      arguments: arguments + ["-serial", terminal.path], environment: ["PATH=/usr/bin"],
      directory: "/tmp", line: .terminal(terminal.path))
    self.terminal = terminal
  }

  deinit { close(line) }
}
