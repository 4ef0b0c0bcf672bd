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
  ///   - host: the Host field, with or without a port.
  ///   - domain: a domain whose subdomains are boards, besides localhost.
  init(target: String, host: String?, domain: String?) {
    if let host, let name = Self.board(inHost: host, domain: domain) {
      self = .board(name: name, target: target.hasPrefix("/") ? target : "/" + target)
      return
    }
    let prefix = "/boards/"
    guard target.hasPrefix(prefix) else {
      self = .gateway(path: String(target.prefix { $0 != "?" }))
      return
    }
    let rest = target.dropFirst(prefix.count)
    guard let end = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) else {
      self = .redirect(to: target + "/")
      return
    }
    let name = String(rest[..<end])
    if rest[end] == "?" {
      self = .redirect(to: prefix + name + "/" + rest[end...])
    } else {
      self = .board(name: name, target: String(rest[end...]))
    }
  }

  /// The board's name in a host such as `pico.localhost:8080`.
  private static func board(inHost host: String, domain: String?) -> String? {
    guard host.utf8.contains(UInt8(ascii: ".")) else { return nil }
    let host = host.prefix { $0 != ":" }.lowercased()
    for suffix in ["localhost", domain?.lowercased()] {
      guard let suffix, host.hasSuffix("." + suffix) else { continue }
      return String(host.dropLast(suffix.count + 1))
    }
    return nil
  }
}
