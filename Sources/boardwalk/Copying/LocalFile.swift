import Boards
import Glibc

/// A file on this machine.
enum LocalFile {
  /// Larger than that, and it is not meant for a board.
  static let largest = 256 << 20

  /// All its bytes.
  ///
  /// - Throws: ``Complaint``.
  static func read(_ path: String) throws(Complaint) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Complaint("\(path): \(SystemText.of(errno))") }
    defer { close(descriptor) }
    return try read(descriptor, name: path)
  }

  /// All that comes, to the end.
  ///
  /// - Parameter name: for messages.
  static func read(_ descriptor: CInt, name: String) throws(Complaint) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Complaint("\(name): \(SystemText.of(errno))") }
      if count == 0 { return bytes }
      bytes += piece[..<count]
      guard bytes.count <= largest else {
        throw Complaint("\(name) has more than \(ByteText.count(largest)), too many for a board")
      }
    }
  }

  /// CRC-32 of its bytes, as boards give it.
  static func checksum(_ path: String) throws(Complaint) -> String {
    FileEntry.checksum(try read(path))
  }

  /// Puts a file there, whole or not at all: it is beside its place until it has all its bytes.
  ///
  /// It has the mode of the file that was there, or a new file's.
  ///
  /// - Throws: ``Complaint``.
  static func write(_ path: String, _ bytes: [UInt8]) throws(Complaint) {
    let directory = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    var template = Array("\(directory).boardwalk-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw Complaint("\(path): \(SystemText.of(errno))") }
    var old = stat()
    let mode = lstat(path, &old) == 0 ? old.st_mode & 0o777 : 0o666 & ~currentMask
    let isWritten = write(descriptor, bytes) && fchmod(descriptor, mode) == 0
    let isThere = close(descriptor) == 0 && isWritten && rename(template, path) == 0
    guard isThere else {
      let number = errno
      unlink(template)
      throw Complaint("\(path): \(SystemText.of(number))")
    }
  }

  private static func write(_ descriptor: CInt, _ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }

  /// What new files' modes have taken out; it can only be read by setting it.
  private static var currentMask: mode_t {
    let mask = umask(0)
    umask(mask)
    return mask
  }
}
