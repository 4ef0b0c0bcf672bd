public import Logging
public import NIOCore

/// The boards of a gateway, by name.
public struct BoardRegistry: Sendable {
  /// In the order of the configuration.
  public let boards: [Board]
  private let byName: [String: Board]

  /// - Throws: ``BoardConfigurationError`` when two boards have one name or one path.
  public init(
    _ configurations: [BoardConfiguration], eventLoop: any EventLoop, logger: Logger
  ) throws(BoardConfigurationError) {
    var byName: [String: Board] = [:]
    var paths: Set<String> = []
    boards = configurations.map {
      Board(configuration: $0, eventLoop: eventLoop, logger: logger)
    }
    for board in boards {
      guard byName.updateValue(board, forKey: board.name) == nil else {
        throw BoardConfigurationError("Two boards are named \(board.name); give each its own name.")
      }
      guard paths.insert(board.configuration.path).inserted else {
        throw BoardConfigurationError(
          "Two boards have the port \(board.configuration.path); a port serves one board.")
      }
    }
    self.byName = byName
  }

  public subscript(name: String) -> Board? { byName[name] }

  /// Looks after all boards until the task is cancelled.
  public func run() async {
    await withTaskGroup(of: Void.self) { group in
      for board in boards {
        group.addTask { await board.run() }
      }
    }
  }
}
