import Glibc

/// The links below `/dev/serial`, as a container may have them from its host without udevd.
struct SerialLinks {
  private var linksByDevice: [dev_t: [[UInt8]]] = [:]

  static func read() -> SerialLinks {
    var links = SerialLinks()
    for directory in ["/dev/serial/by-id", "/dev/serial/by-path"] {
      for name in Directory.entries(of: directory) ?? [] {
        let link = Array("\(directory)/\(name)".utf8)
        if let device = deviceNumber(of: link) {
          links.linksByDevice[device, default: []] += [link]
        }
      }
    }
    return links
  }

  func links(to node: [UInt8]?) -> [[UInt8]] {
    guard let node, let device = Self.deviceNumber(of: node) else { return [] }
    return linksByDevice[device] ?? []
  }

  private static func deviceNumber(of path: [UInt8]) -> dev_t? {
    var status = stat()
    let result = (path + [0]).withUnsafeBytes { bytes in
      bytes.baseAddress.map { stat($0.assumingMemoryBound(to: CChar.self), &status) } ?? -1
    }
    return result == 0 && status.st_mode & S_IFMT == S_IFCHR ? status.st_rdev : nil
  }
}
