import CSerialIO
import Glibc

import class Foundation.FileManager

/// A pty whose slave is a port to open in a test.
final class TestTerminal {
  let path: String
  private(set) var master: CInt

  init() throws {
    var name = [CChar](repeating: 0, count: 128)
    var master: CInt = -1
    let error = boardwalk_open_pty(1, &master, &name, name.count)
    guard error == 0 else { throw TestFailure("no pty: \(error)") }
    self.master = master
    path = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { hangUp() }

  /// Closes the master, which the slave sees as a line that hung up.
  func hangUp() {
    if master >= 0 { close(master) }
    master = -1
  }
}

/// A directory that goes with this object.
final class TestDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/boardwalk-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TestFailure("no directory: \(errno)") }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }
}

/// A reason for a test to stop.
struct TestFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// How many descriptors this process has open.
func openDescriptors() -> Int {
  (0..<1024).count { fcntl($0, F_GETFD) >= 0 }
}
