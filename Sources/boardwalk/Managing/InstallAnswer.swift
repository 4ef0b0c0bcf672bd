import APIClient

/// What a gateway says when an installation is done.
struct InstallAnswer: Decodable {
  struct Item: Decodable {
    var path: String
    var size: Int
    /// Whether it was sent; false: it was there already.
    var written: Bool
    /// Where the user's own file of this name is now.
    var keptAs: String?
  }

  var items: [Item]
  /// Files that were in the way of new ones.
  var removed: [String]?
  var packages: [String]
  var format: String
  var seconds: Double
  /// Whether the board serves now.
  var serving: Bool
  var state: String?
  var reason: String?

  /// What was installed, how much that was, and how long it took, in a line; before it what became
  /// of files that were there.
  func summary(board: String) -> String {
    let written = items.filter(\.written)
    let bytes = written.reduce(0) { $0 &+ $1.size }
    let package = packages.isEmpty ? "nothing" : "\(packages.joined(separator: ", ")) as .\(format)"
    let time = "\(ByteText.oneDecimal(min(max(seconds, 0), 1e9))) s"
    let kept = items.compactMap { item in
      item.keptAs.map { "\(item.path) was there already, and is \($0) now" }
    }
    let gone = (removed ?? []).map { "\($0) was in the way, and is removed" }
    let summary =
      "\(board) has \(package): \(ByteText.grouped(written.count)) "
      + "\(written.count == 1 ? "file" : "files"), \(ByteText.count(bytes)) in \(time), "
      + "\(ByteText.grouped(items.count - written.count)) unchanged"
    return (kept + gone + [summary]).map(Printable.text).joined(separator: "\n")
  }

  /// Why the board does not serve, of a traceback its last line.
  func failure(board: String) -> String {
    let reason = reason?.split(whereSeparator: \.isNewline).last.map(String.init)
    return "\(board) does not serve: \(reason ?? state ?? "it does not say why")"
  }
}

extension BoardPlace {
  /// Where a browser finds the board; nil where none can.
  func url(of board: BoardClient) -> String? {
    let address = board.client.address
    guard address.socketPath == nil else { return nil }
    return address.isLoopback
      ? "http://\(board.name).localhost:\(address.port)/"
      : "http://\(address)/boards/\(board.name)/"
  }
}
