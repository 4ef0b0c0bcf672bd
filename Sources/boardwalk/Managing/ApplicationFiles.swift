import Boards
import Foundation

/// The files that `boardwalk install` takes to a board.
struct ApplicationFiles: Sendable {
  /// The program first.
  private(set) var files: [Installation.File] = []

  /// - Parameter files: the program first.
  init(_ files: [Installation.File]) { self.files = files }

  /// Reads files and directories of this machine.
  ///
  /// - Parameter arguments: the program first: a file, or a directory whose app.py or main.py it is.
  /// - Throws: ``Complaint``.
  init(_ arguments: [String]) throws(Complaint) {
    for (number, argument) in arguments.enumerated() {
      let isWanted = { (name: String) in name.first != "." && name != "__pycache__" }
      guard
        let tree = try LocalTree(argument, followsLinks: true, isLeftOut: { !isWanted($0) })
      else { throw Complaint("there is no file \(argument)") }
      let isProgram = number == 0
      if tree.entries[0].kind != .directory {
        try add(argument, as: BoardPath.name(of: argument))
        continue
      }
      var paths = tree.entries.filter { $0.kind == .file }.map(\.path)
      if isProgram {
        guard let program = ["app.py", "main.py"].first(where: paths.contains) else {
          throw Complaint(
            "\(argument) has no app.py and no main.py; name the program before its directories")
        }
        paths.removeAll { $0 == program }
        paths.insert(program, at: 0)
      }
      let name = isProgram ? "" : BoardPath.name(of: argument)
      for path in paths {
        try add(
          BoardPath.join(argument, path), as: name.isEmpty ? path : BoardPath.join(name, path))
      }
    }
  }

  private mutating func add(_ file: String, as path: String) throws(Complaint) {
    if let reason = BoardTree.reason(against: path) {
      throw Complaint("\(file) \(reason), and cannot be installed")
    }
    guard !files.contains(where: { $0.path == path }) else {
      throw Complaint("two files would be \(path) on the board; \(file) is the second")
    }
    files.append(Installation.File(path: path, bytes: try LocalFile.read(file)))
  }

  /// The request's body.
  func json(start: Installation.Start) throws -> [UInt8] {
    struct Body: Encodable {
      struct File: Encodable {
        let path: String
        let base64: String
      }

      let files: [File]
      let start: Installation.Start
    }
    let files = files.map {
      Body.File(path: $0.path, base64: Data($0.bytes).base64EncodedString())
    }
    return Array(try JSONEncoder().encode(Body(files: files, start: start)))
  }
}
