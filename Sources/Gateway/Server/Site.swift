/// What a request's Host and Origin fields decide.
///
/// The requests of a connection mostly have the same, so that it is decided once.
struct Site {
  let host: String?
  let origin: String?
  /// The board that the host names.
  let board: String?
  /// Why requests with these fields are refused.
  let refusal: Problem?

  init(host: String?, origin: String?, admission: Admission) {
    self.host = host
    self.origin = origin
    board = host.flatMap { Self.board(in: Admission.name(in: $0), domain: admission.domain) }
    refusal = admission.refusal(host: host, origin: origin)
  }

  /// The board's name in a host such as `pico.localhost`.
  private static func board(in host: String, domain: String?) -> String? {
    for suffix in ["localhost", domain] {
      guard let suffix, host.hasSuffix("." + suffix) else { continue }
      return String(host.dropLast(suffix.count + 1))
    }
    return nil
  }
}
