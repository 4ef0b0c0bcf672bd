import Boards
import Foundation
import Testing

@testable import boardwalk

/// What commands say about a board.
@Suite struct TextsTests {
  private func answer(_ json: String) throws -> InstallAnswer {
    try JSONDecoder().decode(InstallAnswer.self, from: Data(json.utf8))
  }

  @Test func anInstallation() throws {
    let answer = try answer(
      """
      {"items": [{"path": "/app.py", "size": 1200, "written": true, "keptAs": "/app.old"},
                 {"path": "/lib/x.mpy", "size": 900, "written": false}],
       "removed": ["/lib/x.py"], "packages": ["ahttpserver"], "format": "mpy", "seconds": 3.21, "serving": false,
       "state": "not serving",
       "reason": "Traceback (most recent call last):\\n  File \\"app.py\\"\\nImportError: no module"}
      """)
    #expect(
      answer.summary(board: "pico").split(separator: "\n") == [
        "/app.py was there already, and is /app.old now",
        "/lib/x.py was in the way, and is removed",
        "pico has ahttpserver as .mpy: 1 file, 1,200 bytes in 3.2 s, 1 unchanged",
      ])
    #expect(answer.failure(board: "pico") == "pico does not serve: ImportError: no module")
  }

  @Test func aFileTag() {
    #expect(FileTag("\"0123abcd-42\"")?.size == 42)
    #expect(FileTag("\"0123abcd-42\"")?.checksum == "0123abcd")
    for field in [nil, "", "\"", "\"x\"", "0123abcd-42", "\"a-b-1\"", "\"a--1\"", "W/\"a-1\""] {
      #expect(FileTag(field) == nil, "\(field ?? "nil")")
    }
  }

  @Test func aList() {
    let entries = [
      FileEntry(path: "/lib", type: .directory, size: 0),
      FileEntry(path: "/lib/a\u{1B}.py", type: .file, size: 1234),
    ]
    #expect(ListCommand.text(entries, below: "/") == "       lib/\n1,234  lib/a\\x1b.py\n")
    #expect(ListCommand.text([], below: "/") == "")
  }

  @Test func aBoard() throws {
    let modules = (1...40).map { "\"module\($0)\"" }.joined(separator: ",")
    let json = """
      {"implementation": "micropython", "version": "1.29.0", "firmware": "v1.29.0\\nx",
       "machine": "Pico", "platform": "rp2", "heapFree": 200000, "heapUsed": 10000,
       "flashFree": 4096, "flashSize": 8192, "bytecode": 6, "modules": [\(modules)]}
      """
    let info = try JSONDecoder().decode(BoardInfo.self, from: Data(json.utf8))
    let lines = InfoCommand.text(info).split(separator: "\n")
    #expect(lines[0] == "firmware   v1.29.0\\nx")
    #expect(lines.contains("unique id  -"))
    #expect(lines.contains("heap       200,000 of 210,000 bytes free"))
    #expect(lines.contains { $0.hasPrefix("modules    module1 module2") })
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(lines.last?.hasPrefix("           module") ?? false)
  }
}
