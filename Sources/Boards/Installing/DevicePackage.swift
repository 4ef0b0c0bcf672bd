import DeviceFiles

/// A package that serves an application, as boards get it.
struct DevicePackage: Sendable, Equatable {
  let name: String
  /// By the import of one of these modules an application tells that it needs the package.
  let modules: Set<String>
  /// Its part of `Protocol/device`: folders, and modules that are in none.
  let contents: [String]
  var needsAsyncio = false
  /// Whether a board gets it when it is not known what it needs.
  var isUsual = true

  /// Those of boards that have the memory.
  static let all = [
    DevicePackage(
      name: "ahttpserver", modules: ["ahttpserver"], contents: ["boardlink", "ahttpserver"],
      needsAsyncio: true),
    DevicePackage(
      name: "httpserver", modules: ["httpserver"], contents: ["boardlink", "httpserver"]),
    DevicePackage(
      name: "boardwalk_microdot", modules: ["boardwalk_microdot"],
      contents: ["boardlink", "ahttpserver", "boardwalk_microdot.py"], needsAsyncio: true,
      isUsual: false),
  ]

  /// The one of the smallest boards: its modules are no Python package, and are few.
  static let small = DevicePackage(name: "small", modules: ["httpserver"], contents: ["small"])

  /// What the installation makes itself.
  private static let excluded: Set = ["small/main.py"]

  /// A file of a package, for one board.
  struct File: Sendable {
    /// Below the directory that modules are looked for in.
    let path: String
    let bytes: [UInt8]
  }

  /// - Parameter mpyVersion: what the board says of bytecode; nil when it takes none.
  func files(mpyVersion: Int?) -> [File] {
    DeviceFile.all.compactMap { file in
      let isPart = contents.contains { file.path == $0 || file.path.hasPrefix($0 + "/") }
      guard isPart, file.path.hasSuffix(".py"), !Self.excluded.contains(file.path) else {
        return nil
      }
      let stem = file.path.dropLast(3)
      guard self == .small else {
        let (suffix, bytes) = file.contents(mpyVersion: mpyVersion)
        return File(path: stem + suffix, bytes: bytes)
      }
      let module = stem.dropFirst(6)
      return File(path: module + ".py", bytes: Array(PythonSource.compact(file.text).utf8))
    }
  }
}
