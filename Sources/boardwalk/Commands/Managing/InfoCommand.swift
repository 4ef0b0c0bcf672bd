import ArgumentParser
import Boards

/// `boardwalk info`.
struct InfoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Say what a board is: firmware, machine, memory, modules.",
    usage: "boardwalk info <name> [--json]\nboardwalk info --port <path> [--json]",
    discussion: "A program that runs on the board is interrupted, and started anew afterwards.")

  @Argument(help: "The board's name; left out with --port.")
  var name: String?

  @Flag(help: "One JSON object.")
  var json = false

  @OptionGroup var board: BoardChoice

  private func place() throws -> BoardPlace { try board.place([name]).place }

  func validate() throws { _ = try place() }

  func run() async throws {
    try await BoardJob(place: try place()).run { [json] board in
      let info = try await board.info()
      let text = json ? JSONLine.text(info, isPretty: true) + "\n" : Self.text(info)
      try await Output.standard.send(Array(text.utf8))
    }
  }

  static func text(_ info: BoardInfo) -> String {
    var table = TextTable(header: nil)
    func add(_ name: String, _ value: String) { table.add([name, Printable.text(value)]) }
    add("firmware", info.firmware)
    add("version", "\(info.implementation) \(info.version)")
    add("machine", info.machine)
    add("platform", info.platform)
    add("unique id", info.uniqueID ?? "")
    add("heap", Self.share(free: info.heapFree, of: info.heapFree &+ info.heapUsed))
    if let free = info.flashFree, let size = info.flashSize {
      add("flash", Self.share(free: free, of: size))
    } else {
      add("flash", "")
    }
    add("bytecode", info.bytecode.map { ".mpy version \($0)" } ?? "none")
    let names = info.modules.map(Printable.text)
    for (number, line) in Self.lines(names, width: 64).enumerated() {
      table.add([number == 0 ? "modules" : " ", line])
    }
    return table.description
  }

  private static func share(free: Int, of size: Int) -> String {
    "\(ByteText.grouped(free)) of \(ByteText.count(size)) free"
  }

  /// Words in lines of a width, at least one.
  private static func lines(_ words: [String], width: Int) -> [String] {
    var lines = [""]
    for word in words {
      let last = lines[lines.count - 1]
      if last.isEmpty {
        lines[lines.count - 1] = word
      } else if last.count + 1 + word.count <= width {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(word)
      }
    }
    return lines
  }
}
