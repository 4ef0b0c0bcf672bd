import Glibc
import SystemPackage

/// A symbolic link that leads to the board's present pty, so that its name never changes.
enum PathLink {
  /// Makes the link, or turns an existing one round, in one step.
  ///
  /// - Throws: ``SimulatorError`` with code `linkFailed`; a file that is no link is never
  ///   replaced.
  static func set(_ link: String, to target: String) throws(SimulatorError) {
    var status = stat()
    if lstat(link, &status) == 0, status.st_mode & S_IFMT != S_IFLNK {
      throw SimulatorError(
        .linkFailed, "\(link) exists and is no symbolic link. Remove it, or choose another name.")
    }
    let temporary = "\(link).\(getpid())"
    unlink(temporary)
    guard symlink(target, temporary) == 0, rename(temporary, link) == 0 else {
      let error = Errno(rawValue: errno)
      unlink(temporary)
      throw SimulatorError(
        .linkFailed, errno: error,
        "cannot make the link \(link): \(error). Its directory must exist and be writable.")
    }
  }

  /// Removes the link, if it still leads there: somebody else's is left alone.
  static func remove(_ link: String, from target: String) {
    var buffer = [CChar](repeating: 0, count: 256)
    let count = readlink(link, &buffer, buffer.count)
    guard count > 0 else { return }
    let present = String(
      decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if present == target { unlink(link) }
  }
}
