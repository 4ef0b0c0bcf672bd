import Foundation
import PackagePlugin

/// Embeds `Protocol/device` in the program, so that it travels as one file.
@main
struct EmbedDeviceFiles: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let root = context.package.directoryURL.appending(path: "Protocol/device")
    let output = context.pluginWorkDirectoryURL.appending(path: "DeviceFile+All.swift")
    let files = try FileManager.default.subpathsOfDirectory(atPath: root.path)
      .filter { $0.hasSuffix(".py") || $0.hasSuffix(".html") }
    return [
      .buildCommand(
        displayName: "Embedding \(files.count) device files",
        executable: try context.tool(named: "embed-device-files").url,
        arguments: [root.path, output.path],
        inputFiles: files.map { root.appending(path: $0) }, outputFiles: [output])
    ]
  }
}
