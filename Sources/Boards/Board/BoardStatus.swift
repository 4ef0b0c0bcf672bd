public import DeviceDiscovery
public import LinkProtocol

/// What can be known of a board at a moment.
public struct BoardStatus: Sendable {
  public var name: String
  public var state: BoardState
  /// The port's path; nil while no device is there.
  public var port: String?
  /// The device behind the port, when it is one that was claimed.
  public var device: Device?
  /// Counts the times that the board's port came; another number is another plug.
  public var generation: UInt64
  /// What the board said of itself; nil unless it serves.
  public var identity: BoardIdentity?
  /// Sorted by path and method; empty until the board has told.
  public var routes: [Route]
  public var link: LinkStatistics
  /// How long a request may wait for the head of its response.
  public var deadline: Duration
  /// Requests that run on the board.
  public var running: Int
  /// Requests that wait for a free stream, or for the board to serve.
  public var waiting: Int
}
