import ArgumentParser
import Glibc

/// What `run` and `exec` have in common.
enum Program {
  /// Code of a file, or of standard input.
  ///
  /// - Throws: `ExitCode`.
  static func read(_ file: String) throws -> [UInt8] {
    do throws(Complaint) {
      return file == "-"
        ? try LocalFile.read(STDIN_FILENO, name: "standard input") : try LocalFile.read(file)
    } catch {
      throw Failure.exit(for: error)
    }
  }

  /// Prints what a program has printed, as it is.
  @Sendable static func print(_ text: String) async throws {
    try await Output.standard.send(Array(text.utf8))
  }

  /// Interrupts what runs on the board, as its console's Ctrl-C does; its traceback still comes.
  @Sendable static func interrupt(_ board: BoardClient) async throws {
    try await board.type([0x03])
  }

  /// - Throws: `ExitCode` when the program raised.
  static func end(with traceback: String) throws {
    guard !traceback.isEmpty else { return }
    Failure.say(traceback: traceback)
    throw ExitCode.failure
  }
}
