/// Where a board stands.
public enum BoardState: Sendable, Equatable {
  /// Nothing is at its path, or no device is plugged in that it claims. To `opening`.
  case absent
  /// Its port is being opened. To `probing`, `failed`, `absent`.
  case opening
  /// The port is open, and no answer came yet. To `serving`, `notServing`, `failed`, `absent`.
  case probing
  /// Requests are taken. To `notServing`, `probing`, `absent`, `held`.
  case serving
  /// The port is open, but no program answers; for the reason given. To `serving`, `absent`, `held`.
  case notServing(String)
  /// Its program was stopped so that the board can be managed; what for. To `probing`, `absent`.
  case managed(String)
  /// Let go on purpose, so that another program can have the port. To `opening`, `absent`.
  case held(String)
  /// The port cannot be opened, which is tried again and again, or what is there cannot be talked
  /// to. To `probing`, `serving`, `absent`.
  case failed(String)

  /// The state's name, as the API has it.
  public var name: String {
    switch self {
    case .absent: "absent"
    case .opening: "opening"
    case .probing: "probing"
    case .serving: "serving"
    case .notServing: "not serving"
    case .managed: "managed"
    case .held: "held"
    case .failed: "failed"
    }
  }

  /// Why, for the states that have a reason.
  public var reason: String? {
    switch self {
    case .notServing(let reason), .managed(let reason), .held(let reason), .failed(let reason):
      reason
    default: nil
    }
  }
}
