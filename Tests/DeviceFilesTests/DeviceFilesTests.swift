import DeviceFiles
import Foundation
import Testing

@Suite struct DeviceFilesTests {
  private let modules = DeviceFile.all.filter { $0.bytecode != nil }

  @Test func whatBoardsImportIsThereAsBytecode() {
    let paths = Set(modules.map(\.path))
    for module in ["boardlink/link.py", "ahttpserver/__init__.py", "httpserver/server.py"] {
      #expect(paths.contains(module))
    }
    for file in DeviceFile.all where !paths.contains(file.path) {
      let isNoModule =
        ["demo/", "small/", "tools/"].contains(where: file.path.hasPrefix)
        || file.path.hasSuffix("main.py")
      #expect(isNoModule, "\(file.path) has no bytecode")
    }
    for module in modules { #expect(module.bytecode?.prefix(2) == [0x4D, 6]) }
  }

  @Test func aBoardGetsWhatItReads() throws {
    let module = try #require(modules.first { $0.path == "boardlink/link.py" })
    // Format 6 with sub-version 3 and x86-64's machine code, and without any.
    for version in [2822, 6] {
      let contents = module.contents(mpyVersion: version)
      #expect(contents.suffix == ".mpy" && contents.bytes == module.bytecode)
    }
    for version in [nil, 5, 7, 0x0605] {
      let contents = module.contents(mpyVersion: version)
      #expect(contents.suffix == ".py" && contents.bytes == Array(module.text.utf8))
    }
    let page = try #require(DeviceFile.all.first { $0.path == "demo/index.html" })
    #expect(page.contents(mpyVersion: 6).suffix == ".html")
  }

  @Test func micropythonImportsTheBytecode() throws {
    let environment = ProcessInfo.processInfo.environment
    let program = try #require(environment["BOARDWALK_MICROPYTHON"], "set BOARDWALK_MICROPYTHON")
    let directory = URL.temporaryDirectory.appending(path: "boardwalk-test-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    for module in modules {
      let contents = module.contents(mpyVersion: 6)
      let file = directory.appending(path: module.path.dropLast(3) + contents.suffix)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(contents.bytes).write(to: file)
    }
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = [
      "-c", "import ahttpserver, httpserver, boardlink.server; boardlink.server.HTTPRequest(None)",
    ]
    process.environment = environment.merging(["MICROPYPATH": directory.path + ":.frozen"]) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    // Tracebacks call a module by its path among the packages.
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("File \"boardlink/server.py\", line "), "\(text)")
    #expect(!text.contains("ImportError"), "\(text)")
  }
}
