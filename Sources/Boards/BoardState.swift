public import LinkProtocol

/// Where a board stands.
public enum BoardState: Sendable, Equatable {
  /// Nothing is at its path. To `opening`.
  case absent
  /// Its port is being opened. To `probing`, `failed`, `absent`.
  case opening
  /// The port is open, and no answer came yet. To `serving`, `notServing`, `failed`, `absent`.
  case probing
  /// Requests are taken. To `notServing`, `probing`, `absent`.
  case serving
  /// The port is open, but no program answers; for the reason given. To `serving`, `absent`.
  case notServing(String)
  /// The port cannot be opened, or what is there cannot be talked to. To `opening`, `serving`.
  case failed(String)

  /// The state's name, as the API has it.
  public var name: String {
    switch self {
    case .absent: "absent"
    case .opening: "opening"
    case .probing: "probing"
    case .serving: "serving"
    case .notServing: "not serving"
    case .failed: "failed"
    }
  }

  /// Why, for the states that have a reason.
  public var reason: String? {
    switch self {
    case .notServing(let reason), .failed(let reason): reason
    default: nil
    }
  }
}

/// What can be known of a board at a moment.
public struct BoardStatus: Sendable {
  public var name: String
  public var state: BoardState
  /// The port's path.
  public var port: String
  /// What the board said of itself; nil unless it serves.
  public var identity: BoardIdentity?
  /// Sorted by path and method; empty until the board has told.
  public var routes: [Route]
  public var link: LinkStatistics
  /// Requests that run on the board.
  public var running: Int
  /// Requests that wait for a free stream.
  public var waiting: Int
}
