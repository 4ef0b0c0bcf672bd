import Foundation
import PackagePlugin

/// Embeds `Protocol/device` in the program, as source and as bytecode, so that it travels as one file.
@main
struct EmbedDeviceFiles: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    guard let compiler = Self.compiler(package: context.package.directoryURL) else {
      Diagnostics.error(
        """
        there is no mpy-cross, which compiles the board's packages: run `make setup`, or set \
        BOARDWALK_MPY_CROSS to one
        """)
      return []
    }
    let root = context.package.directoryURL.appending(path: "Protocol/device")
    let output = context.pluginWorkDirectoryURL.appending(path: "DeviceFile+All.swift")
    // They are asked for anew when one comes or goes: for that the target has a link to them.
    let files = try FileManager.default.subpathsOfDirectory(atPath: root.path)
      .filter { $0.hasSuffix(".py") || $0.hasSuffix(".html") }.sorted()
    return [
      .buildCommand(
        displayName: "Embedding \(files.count) device files",
        executable: try context.tool(named: "embed-device-files").url,
        arguments: [root.path, compiler.path, output.path] + files,
        inputFiles: files.map { root.appending(path: $0) } + [compiler], outputFiles: [output])
    ]
  }

  /// The compiler that the environment names, else that of `make setup`, else the first in PATH.
  private static func compiler(package: URL) -> URL? {
    let environment = ProcessInfo.processInfo.environment
    let named = environment["BOARDWALK_MPY_CROSS"].map { [$0] }
    let found = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/mpy-cross" }
    return (named ?? [package.appending(path: ".venv/bin/mpy-cross").path] + found)
      .first { FileManager.default.isExecutableFile(atPath: $0) }
      .map { URL(filePath: $0) }
  }
}
