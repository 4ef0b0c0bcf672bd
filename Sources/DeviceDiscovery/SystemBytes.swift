import Glibc

/// Copies a C string, or as much of it as may be looked at and one byte more.
func bounded(_ text: UnsafePointer<CChar>?) -> [UInt8]? {
  guard let text else { return nil }
  let count = strnlen(text, UntrustedText.byteLimit + 1)
  return UnsafeBufferPointer(start: text, count: count).map(UInt8.init(bitPattern:))
}

/// Reading directories.
enum Directory {
  /// The most entries that are looked at.
  private static let entryLimit = 4096

  /// The names in a directory that are no repaired ones; nil with errno set when it cannot be read.
  static func entries(of path: String) -> [String]? {
    guard let stream = opendir(path) else { return nil }
    defer { closedir(stream) }
    var names: [String] = []
    while names.count < entryLimit, let entry = readdir(stream) {
      let bytes = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { bounded($0) }
      }
      if let name = UntrustedText.name(bytes), name.first != "." { names.append(name) }
    }
    return names
  }
}
