/// What a board can and cannot do.
public struct ConformanceReport: Codable, Sendable {
  public var board: BoardSummary
  /// In the order in which they were tried.
  public var checks: [Item]
  public var summary: Summary

  init(_ board: BoardSummary, _ checks: [Item]) {
    self.board = board
    self.checks = checks
    summary = Summary(
      passed: checks.count { $0.result == .passed }, failed: checks.count { $0.result == .failed },
      cannot: checks.count { $0.result == .cannot })
  }

  /// The board in its own words.
  public struct BoardSummary: Codable, Sendable {
    /// At the gateway.
    public var name: String
    /// For example `micropython 1.29.0`; empty when the board does not say.
    public var implementation: String
    public var machine: String
    /// The package that serves.
    public var package: String
    public var limits: Limits
    /// What the application offers, sorted.
    public var offers: [String]
    /// Bytes of heap that are free while the application runs; nil when it does not say.
    public var freeHeap: Int?
  }

  /// What requests have to keep to, as `GET /api/v1/boards/{name}` has it.
  public struct Limits: Codable, Sendable {
    /// The check of frames: `crc32` or `fletcher16`.
    public var check: String
    /// Requests that may run at once.
    public var streams: Int
    /// Bytes of frames that may be under way to the board.
    public var window: Int
    /// Frames that may be under way from the board.
    public var slots: Int
    /// Bytes of a frame's body, towards the board.
    public var largestFrame: Int
    /// Bytes of a request's head.
    public var largestHead: Int
    /// Seconds that a handler may take to begin its response.
    public var deadline: Double
  }

  public enum Result: String, Codable, Sendable {
    case passed, failed
    /// The board says that it has not got what is tested.
    case cannot
  }

  /// A check, and what came of it.
  public struct Item: Codable, Sendable {
    public var group: String
    public var name: String
    public var title: String
    public var result: Result
    /// When it failed.
    public var expected: String?
    public var got: String?
    /// Why the board cannot.
    public var reason: String?
    public var milliseconds: Int
  }

  public struct Summary: Codable, Sendable {
    public var passed: Int
    public var failed: Int
    public var cannot: Int
  }
}
