import Foundation
import Logging

/// The terminal.
enum Console {
  /// Prints a line at once, also into a pipe.
  static func print(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }

  /// For parts that say what they do on standard output instead.
  static let silentLogger = Logger(label: "boardwalk") { _ in SwiftLogNoOpLogHandler() }
}
