private import Foundation

/// Where the history is, and how much of it is kept.
public struct HistoryConfiguration: Sendable {
  /// The directory of the file `events.sqlite`; made when it is not there.
  public var directory: String
  /// How long events are kept.
  public var maximumAge: Duration
  /// Most bytes of the file. The log beside it, `events.sqlite-wal`, comes to some MiB more.
  public var maximumBytes: Int
  /// Most events in one transaction.
  public var batch: Int
  /// How long to gather events before they are written.
  public var gathering: Duration
  /// How long to wait after a failure before the next attempt; doubled each time, up to 60 s.
  public var firstRetry: Duration
  /// Milliseconds since 1970, UTC.
  public var now: @Sendable () -> Int64
  /// Called with a line for the program's log when the history goes off or on, or is begun anew.
  public var note: @Sendable (String) -> Void

  /// Most pages of the file, for tests of a disk that is full.
  var maximumPages: Int?

  public init(
    directory: String, maximumAge: Duration = .seconds(30 * 86_400),
    maximumBytes: Int = 256 << 20, note: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.directory = directory
    self.maximumAge = maximumAge
    self.maximumBytes = maximumBytes
    self.note = note
    batch = 1024
    gathering = .milliseconds(100)
    firstRetry = .seconds(1)
    now = { Int64(Date().timeIntervalSince1970 * 1000) }
  }

  /// The file.
  public var path: String { directory + "/events.sqlite" }
}

/// How a history fares.
public struct HistoryStatus: Sendable, Equatable {
  public enum State: Sendable, Equatable {
    /// Not opened yet.
    case opening
    /// Events are written.
    case recording
    /// Nothing is written, and why; it is tried again by itself.
    case off(reason: String)
    /// For good.
    case closed
  }

  public var state: State
  /// The file.
  public var path: String
  /// Bytes of the file, with the log beside it.
  public var bytes: Int
  /// Events written since the gateway started.
  public var written: Int
  /// Events since the gateway started that will never be written.
  public var lost: Int
  /// What became of a damaged file, if one was found since the gateway started.
  public var note: String?
}
