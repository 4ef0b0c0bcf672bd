import ArgumentParser
import DeviceFiles
import Foundation

/// The device side's files, written out for a MicroPython on this machine.
struct DeviceDirectory {
  /// What MicroPython's path has to have in it.
  let path: String

  /// - Throws: when the temporary directory cannot be written.
  init() throws {
    let root = URL.temporaryDirectory.appending(path: "boardwalk-\(UUID().uuidString)")
    for file in DeviceFile.all {
      let target = root.appending(path: file.path)
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(file.text.utf8).write(to: target)
    }
    path = root.path
  }

  func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }
}
