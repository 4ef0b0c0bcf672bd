/// The path of a file or directory on a board, checked: it can be shown, and leads to no other
/// place than it says.
struct BoardPath: CustomStringConvertible, Sendable {
  /// Most bytes of a path.
  static let longest = 256

  /// From the root, such as `/lib/app.py`; never with a slash at the end but for the root's.
  let description: String
  /// It ended in a slash.
  let isDirectory: Bool

  var isRoot: Bool { description == "/" }
  /// With a slash at the end.
  var asDirectory: String { isRoot ? description : description + "/" }

  /// - Parameter text: as in a target, without the root's slash; bytes may stand as `%XX`.
  init(percentEncoded text: Substring) throws(Problem) {
    var bytes: [UInt8] = []
    var rest = text.utf8
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%") {
        guard let high = rest.popFirst().flatMap(Self.digit),
          let low = rest.popFirst().flatMap(Self.digit)
        else { throw .badPath("A % in a path must have two hexadecimal digits behind it.") }
        bytes.append(high << 4 | low)
      } else {
        bytes.append(byte)
      }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .badPath("The path is not UTF-8.")
    }
    try self.init("/" + text)
  }

  /// - Parameter text: with a slash before it or without.
  init(_ text: String) throws(Problem) {
    guard text.utf8.count <= Self.longest else {
      throw .badPath("The path has more than \(Self.longest) bytes.")
    }
    guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
      throw .badPath("The path has a control character in it.")
    }
    // By bytes: a slash with a combining character behind it is a slash to the board.
    var words = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
    if text.utf8.first == UInt8(ascii: "/") { words.removeFirst() }
    isDirectory = words.last?.isEmpty ?? true
    if isDirectory, !words.isEmpty { words.removeLast() }
    guard words.allSatisfy({ !["", ".", ".."].contains($0) }) else {
      throw .badPath("The path has an empty name, \".\" or \"..\" in it; write it out.")
    }
    description = "/" + words.joined(separator: "/")
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
