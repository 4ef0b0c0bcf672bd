import APIClient
import Foundation
import Glibc

/// A directory for one run of the program that no other user can look into.
struct PrivateDirectory: Sendable {
  let path: String

  /// - Throws: ``Complaint`` when none can be made.
  init() throws(Complaint) {
    // A socket's path must be short: where TMPDIR is too long, /tmp does.
    let places = [getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR")].compactMap {
      $0.map { String(cString: $0) }
    }
    var number: CInt = ENOENT
    for place in places + ["/tmp"] where place.hasPrefix("/") {
      var template = Array((place + "/boardwalk-XXXXXX").utf8CString)
      guard template.count + 16 <= GatewayAddress.longestSocketPath else { continue }
      if mkdtemp(&template) != nil {
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        return
      }
      number = errno
    }
    throw Complaint(
      "no directory for temporary files can be made: \(SystemText.of(number)); give another one with "
        + "TMPDIR")
  }

  /// Removes it with the files in it.
  func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }
}
