/// A path in a board's file system, from its root.
struct BoardPath: Sendable, Hashable, Comparable, CustomStringConvertible {
  static let root = BoardPath([])

  /// Names from the root on; none of them is empty, `.` or `..`.
  let components: [String]

  private init(_ components: [String]) { self.components = components }

  /// - Parameter text: with or without `/` at the start and at the end.
  /// - Throws: with cause `conflict` when it leads upwards, or has a name that no board takes.
  init(_ text: String) throws(ManagingError) {
    // By bytes: a slash with a combining character behind it is a slash to the board.
    let names = text.utf8.split(separator: 0x2F).map { String(Substring($0)) }
    components = names.filter { $0 != "." }
    for name in components {
      guard name != ".." else {
        throw ManagingError(.conflict("\(printable(text)) leads upwards; leave out the \"..\""))
      }
      guard name.utf8.count <= 255 else {
        throw ManagingError(.conflict("\(printable(name)) is longer than 255 bytes"))
      }
      guard !name.utf8.contains(0) else {
        throw ManagingError(.conflict("\(printable(name)) has a zero byte in it"))
      }
    }
  }

  /// As people write it: `/lib/app.py`.
  var description: String { "/" + components.joined(separator: "/") }

  /// As it is told to the board, whose working directory is the root: `lib/app.py`.
  var onBoard: String { components.joined(separator: "/") }

  var name: String { components.last ?? "" }
  var isRoot: Bool { components.isEmpty }
  /// The directory that it is in; the root's is the root.
  var parent: BoardPath { BoardPath(components.dropLast()) }

  /// The directories that lead there, the highest first; without the root.
  var parents: [BoardPath] {
    components.indices.dropFirst().map { BoardPath(Array(components[..<$0])) }
  }

  func appending(_ name: String) -> BoardPath { BoardPath(components + [name]) }

  func isBelow(_ other: BoardPath) -> Bool {
    components.count > other.components.count && components.starts(with: other.components)
  }

  /// Refuses a name that would be a riddle to whoever finds it.
  ///
  /// - Throws: with cause `conflict` when the path has control characters in it, or is the root.
  func checkForMaking() throws(ManagingError) {
    guard !isRoot else { throw ManagingError(.conflict("/ is a directory, and always there")) }
    guard !onBoard.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      throw ManagingError(.conflict("\(printable(description)) has control characters in it"))
    }
  }

  /// A directory comes before what is in it.
  static func < (left: BoardPath, right: BoardPath) -> Bool {
    left.components.lexicographicallyPrecedes(right.components)
  }
}
