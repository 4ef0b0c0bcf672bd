import NIOCore

/// Whether a request may come from where it comes from.
///
/// A page in the user's browser can reach a gateway on localhost: by a name of its own that resolves
/// to 127.0.0.1, which the Host field shows, and by requests to localhost, which Origin shows.
struct Admission {
  /// Whether the gateway listens on this machine only. Elsewhere it may have any name.
  let isLoopback: Bool
  let domain: String?

  /// - Returns: why the request is refused; nil when it is not.
  func refusal(host: String?, origin: String?) -> Problem? {
    if isLoopback, let host, !isOwn(Self.name(in: host)) {
      return Problem.foreignHost(host)
    }
    if let origin, let host {
      let name = Self.name(in: origin.drop(while: { $0 != "/" }).drop(while: { $0 == "/" }))
      if name != Self.name(in: host), !isOwnPage(name) { return Problem.foreignOrigin(origin) }
    }
    return nil
  }

  /// A page that is served under an address has the gateway's leave only on this machine: any site
  /// can be reached by its number.
  private func isOwnPage(_ name: String) -> Bool {
    isNamed(name) || name == "::1" || (name.hasPrefix("127.") && isAddress(name))
  }

  private func isOwn(_ name: String) -> Bool { isNamed(name) || isAddress(name) }

  private func isNamed(_ name: String) -> Bool {
    if name == "localhost" || name.hasSuffix(".localhost") { return true }
    guard let domain else { return false }
    return name == domain || name.hasSuffix("." + domain)
  }

  private func isAddress(_ name: String) -> Bool {
    (try? SocketAddress(ipAddress: name, port: 0)) != nil
  }

  /// A host without its port, in small letters; IPv6 without its brackets.
  static func name(in host: some StringProtocol) -> String {
    if host.first == "[" { return host.dropFirst().prefix { $0 != "]" }.lowercased() }
    return host.prefix { $0 != ":" && $0 != "/" }.lowercased()
  }
}
