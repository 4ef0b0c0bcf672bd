import MonotonicTime

/// Brings the device package and an application onto a board.
public struct Installation: Sendable {
  /// A file of the application.
  public struct File: Sendable, Codable {
    /// Where it is to be, such as `app.py`.
    public var path: String
    public var bytes: [UInt8]

    public init(path: String, bytes: [UInt8]) {
      self.path = path
      self.bytes = bytes
    }
  }

  /// When the application starts.
  public enum Start: String, Sendable, Codable {
    /// At power-up, and now.
    case atBoot = "at-boot"
    /// Now, and not at power-up.
    case now
    /// Files only.
    case never
  }

  /// The first is the one that is started, if it is Python.
  public var files: [File]
  public var start: Start

  public init(files: [File], start: Start) {
    self.files = files
    self.start = start
  }

  /// What was done, for people and programs.
  public struct Report: Sendable, Codable {
    public struct Item: Sendable, Codable {
      public var path: String
      public var size: Int
      /// Whether it was sent; false: it was there already.
      public var written: Bool
      /// Where the user's own file of this name is now; nil when there was none.
      public var keptAs: String?
    }

    public var items: [Item]
    /// Files that were removed, for the board would have imported them in place of new ones.
    public var removed: [String]
    /// Packages that were installed: `ahttpserver`, `httpserver`, `boardwalk_microdot` or `small`.
    public var packages: [String]
    /// How the package's files were sent: `mpy` or `py`.
    public var format: String
    public var seconds: Double
    /// Code that starts the application, where ``Installation/Start/now`` left the board; nil when
    /// there is nothing to be started.
    public var program: String?
  }

  /// One step, while it goes on.
  public struct Progress: Sendable, Codable {
    public var path: String
    /// Bytes of this file that the board has.
    public var done: Int
    public var size: Int
    /// Bytes of all files that are to be sent, and that were sent.
    public var totalDone: Int
    public var totalSize: Int
  }

  /// Puts everything in place; the caller then leaves the board with a soft reset, or runs the
  /// report's program, for which the interpreter was started anew.
  ///
  /// The application is compiled on the board before anything is replaced.
  public func perform(
    _ session: REPLSession, progress: @Sendable (Progress) async -> Void
  ) async throws(ManagingError) -> Report {
    let begin = Instant.now
    let application = try Application(self)
    let place = try await Place.ask(session)
    let packages = try place.packages(for: application)
    let plan = try InstallationPlan(application, packages, on: place, start: start)
    var work = try await InstallationWork(plan, BoardFiles(session))
    do {
      try await work.perform(progress)
    } catch {
      await work.abandon()
      throw error
    }
    if start == .now { try await session.board.restartInterpreter() }
    return Report(
      items: work.items, removed: work.removed, packages: packages.map(\.name),
      format: plan.format, seconds: (Instant.now - begin) / .seconds(1),
      program: application.starter(on: place))
  }
}
