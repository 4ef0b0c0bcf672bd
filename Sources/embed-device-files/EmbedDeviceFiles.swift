import Foundation

/// Writes files of the device side into a Swift source file:
/// `embed-device-files ROOT COMPILER OUTPUT FILE…`.
///
/// A tool of the build, run by its plugin; the package manager's own `.embedInCode` takes no two
/// files of one name, and packages have an `__init__.py` each.
@main
struct EmbedDeviceFiles {
  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count > 4 else {
      fail("usage: embed-device-files ROOT COMPILER OUTPUT FILE…")
    }
    let root = URL(filePath: arguments[1])
    do {
      let compiler = try Compiler(path: arguments[2])
      defer { compiler.cleanUp() }
      var source = "extension DeviceFile {\n  public static let all: [DeviceFile] = [\n"
      for path in arguments[4...] {
        let file = root.appending(path: path)
        let bytecode = isModule(path) ? try compiler.compile(file, as: path) : nil
        source += entry(path, try String(contentsOf: file, encoding: .utf8), bytecode)
      }
      source += "  ]\n}\n"
      try source.write(to: URL(filePath: arguments[3]), atomically: true, encoding: .utf8)
    } catch { fail("\(error)") }
  }

  /// Whether boards import it from their file system. `small` is for firmware without bytecode
  /// of this format, and tools run from memory.
  private static func isModule(_ path: String) -> Bool {
    path.hasSuffix(".py") && !path.hasSuffix("main.py")
      && !["demo/", "small/", "tools/"].contains(where: path.hasPrefix)
  }

  private static func entry(_ path: String, _ text: String, _ bytecode: Data?) -> String {
    // Seven number signs: no device file holds a quotation mark with so many behind it.
    let literal = "#######\"\"\"\n\(text)\"\"\"#######"
    guard let bytecode else {
      return "    DeviceFile(path: \"\(path)\", text: \(literal)),\n"
    }
    // A character for each byte: the compiler takes much longer for an array of numbers.
    let characters = bytecode.map { "\\u{\(String($0, radix: 16))}" }.joined()
    return "    DeviceFile(path: \"\(path)\", text: \(literal), bytecode: \"\(characters)\"),\n"
  }

  private static func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("error: \(message)\n".utf8))
    exit(1)
  }
}
