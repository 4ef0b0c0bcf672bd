import Foundation

/// MicroPython's compiler for other machines, `mpy-cross`.
struct Compiler {
  /// The format that every MicroPython from 1.19 on reads; the first bytes of a file say it.
  private static let header: [UInt8] = [UInt8(ascii: "M"), 6]

  private let program: URL
  private let output: URL

  /// - Parameter path: the program's.
  init(path: String) throws {
    program = URL(filePath: path)
    output = URL.temporaryDirectory.appending(path: "boardwalk-\(UUID().uuidString).mpy")
  }

  /// Compiles a module to bytecode, which is the same for every processor.
  ///
  /// - Parameter name: what tracebacks call the module.
  /// - Throws: ``CompilerError``; what is wrong with the source is on standard error by then.
  func compile(_ source: URL, as name: String) throws -> Data {
    let process = Process()
    process.executableURL = program
    process.arguments = ["-O2", "-s", name, "-o", output.path, source.path]
    try process.run()
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw CompilerError(description: "\(program.path) does not compile \(source.path)")
    }
    let bytecode = try Data(contentsOf: output)
    guard bytecode.starts(with: Self.header) else {
      throw CompilerError(
        description: """
          \(program.path) does not make bytecode of format 6; run `make setup` for one that does, \
          or set BOARDWALK_MPY_CROSS to one
          """)
    }
    return bytecode
  }

  /// Removes what the last module left.
  func cleanUp() {
    try? FileManager.default.removeItem(at: output)
  }
}

struct CompilerError: Error, CustomStringConvertible {
  let description: String
}
