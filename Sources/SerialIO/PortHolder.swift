import Glibc

/// A process that has a device open.
public struct PortHolder: Sendable, Hashable, CustomStringConvertible {
  /// The process's number.
  public let pid: Int
  /// The program's name, as `ps` has it, at most 15 characters.
  public let program: String

  public var description: String { "\(program) (PID \(pid))" }

  /// The most processes that are looked at, so that a look-up always ends soon.
  private static let processLimit = 4096
  /// The most descriptors that are looked at in one process.
  private static let descriptorLimit = 1024
  /// More holders than this help nobody.
  private static let holderLimit = 8

  /// Who has the device open, besides this process's own descriptors of it.
  ///
  /// Looks through `/proc`, and sees other users' processes only with their rights. May take
  /// tens of milliseconds.
  ///
  /// - Parameters:
  ///   - device: the device number (`st_rdev`) of a character device.
  ///   - excluding: a descriptor of this process that does not count.
  static func holders(of device: dev_t, excluding: CInt? = nil) -> [PortHolder] {
    var found: [PortHolder] = []
    let own = Int(getpid())
    for name in entries(of: "/proc", limit: processLimit) {
      guard let pid = Int(name) else { continue }
      for entry in entries(of: "/proc/\(pid)/fd", limit: descriptorLimit) {
        if pid == own, let excluding, entry == String(excluding) { continue }
        // Only device nodes are followed: a `stat` of a file on a dead network mount hangs.
        let link = "/proc/\(pid)/fd/\(entry)"
        var status = stat()
        guard isDeviceLink(link), stat(link, &status) == 0, status.st_rdev == device,
          status.st_mode & S_IFMT == S_IFCHR
        else { continue }
        found.append(PortHolder(pid: pid, program: programName(of: pid)))
        break
      }
      if found.count == holderLimit { break }
    }
    return found
  }

  private static func programName(of pid: Int) -> String {
    let descriptor = open("/proc/\(pid)/comm", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "unknown" }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return "unknown" }
    return String(decoding: bytes[..<count].prefix { $0 != 0x0A }, as: UTF8.self)
  }

  private static func isDeviceLink(_ link: String) -> Bool {
    let prefix = Array("/dev/".utf8)
    var target = [CChar](repeating: 0, count: 256)
    guard readlink(link, &target, target.count) > prefix.count else { return false }
    return zip(target, prefix).allSatisfy { UInt8(bitPattern: $0) == $1 }
  }

  private static func entries(of directory: String, limit: Int) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while names.count < limit, let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.first != "." { names.append(name) }
    }
    return names
  }
}
