/// Where a request goes, by its path and host.
enum Destination: Equatable {
  /// To a board, which sees this target.
  case board(name: String, target: String)
  /// To the gateway itself; the path without its query.
  case gateway(path: String)
  /// To the same path with a slash behind the board's name, so that relative links work.
  case redirect(to: String)

  /// - Parameters:
  ///   - target: path and query, as in the request line.
  ///   - board: the board that the Host field names.
  init(target: String, board: String?) {
    if let board {
      self = .board(name: board, target: target.hasPrefix("/") ? target : "/" + target)
      return
    }
    let prefix = "/boards/"
    guard target.hasPrefix(prefix) else {
      self = .gateway(path: String(target.prefix { $0 != "?" }))
      return
    }
    let rest = target.utf8.dropFirst(prefix.utf8.count)
    let isEnd = { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
    guard let end = rest.firstIndex(where: isEnd) else {
      self = .redirect(to: target + "/")
      return
    }
    let name = String(target[rest.startIndex..<end])
    if rest[end] == UInt8(ascii: "?") {
      self = .redirect(to: prefix + name + "/" + target[end...])
    } else {
      self = .board(name: name, target: String(target[end...]))
    }
  }
}
