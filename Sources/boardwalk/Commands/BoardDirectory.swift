import ArgumentParser
import Boards
import DeviceFiles
import Foundation

/// A directory of this machine with what a simulated board has.
struct BoardDirectory {
  let path: String
  private let isTemporary: Bool

  /// The device side's packages, for a board whose program imports them. There is nothing else by
  /// them, which would be imported in place of the program's own modules.
  ///
  /// - Parameter folder: one of the device side that is to be there as well.
  /// - Throws: when the temporary directory cannot be written.
  static func packages(with folder: String? = nil) throws -> BoardDirectory {
    let directory = try temporary()
    for file in DeviceFile.all {
      let name = String(file.path.prefix { $0 != "/" && $0 != "." })
      guard ModuleNames.packages.contains(name) || name == folder else { continue }
      let target = URL(filePath: directory.path).appending(path: file.path)
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(file.text.utf8).write(to: target)
    }
    return directory
  }

  /// The file system of a board as it comes.
  ///
  /// - Parameter path: nil for one that is empty and goes with the board.
  /// - Throws: when it is not there and cannot be made.
  static func stock(_ path: String?) throws -> BoardDirectory {
    guard let path else { return try temporary() }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return BoardDirectory(path: path, isTemporary: false)
  }

  /// Files beside a program that a board would import, were the packages not there.
  static func hidden(beside app: String) -> [String] {
    let directory = URL(filePath: app).deletingLastPathComponent()
    return ModuleNames.packages.sorted().flatMap { name in
      ["", ".py", ".mpy"].map { directory.appending(path: name + $0).path }
    }.filter(FileManager.default.fileExists)
  }

  /// Removes it, unless the user chose it.
  func remove() {
    if isTemporary { try? FileManager.default.removeItem(atPath: path) }
  }

  private static func temporary() throws -> BoardDirectory {
    let path = URL.temporaryDirectory.appending(path: "boardwalk-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    return BoardDirectory(path: path, isTemporary: true)
  }
}
