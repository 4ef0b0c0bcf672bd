import Foundation

/// Writes the device-side files into a Swift source file: `embed-device-files ROOT OUTPUT`.
///
/// A tool of the build, run by its plugin; the package manager's own `.embedInCode` takes no two
/// files of one name, and packages have an `__init__.py` each.
@main
struct EmbedDeviceFiles {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3 else {
      throw CocoaError(
        .featureUnsupported, userInfo: [NSLocalizedDescriptionKey: "usage: ROOT OUTPUT"])
    }
    let root = URL(filePath: arguments[1])
    var source = "extension DeviceFile {\n  public static let all: [DeviceFile] = [\n"
    for path in try FileManager.default.subpathsOfDirectory(atPath: root.path).sorted() {
      guard path.hasSuffix(".py") || path.hasSuffix(".html") else { continue }
      let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
      // Seven number signs: no device file holds a quotation mark with so many behind it.
      source += "    DeviceFile(path: \"\(path)\", text: #######\"\"\"\n\(text)\"\"\"#######),\n"
    }
    source += "  ]\n}\n"
    try source.write(to: URL(filePath: arguments[2]), atomically: true, encoding: .utf8)
  }
}
