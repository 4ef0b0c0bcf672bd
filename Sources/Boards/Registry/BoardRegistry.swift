public import DeviceDiscovery
public import Events
import Glibc
public import Logging
public import NIOCore
import Synchronization

/// The boards of a gateway, by name: those of the configuration, and those that devices become.
public final class BoardRegistry: Sendable {
  private let eventLoop: any EventLoop
  private let logger: Logger
  public let log: EventLog
  private let state: Mutex<State>
  /// Boards that are to be looked after.
  private let newcomers: AsyncStream<Board>
  private let continuation: AsyncStream<Board>.Continuation

  private struct State {
    var configurations: [BoardConfiguration]
    var table: ClaimTable
    var boards: [String: Board] = [:]
    /// Names, in the order in which they came.
    var order: [String] = []
    var runs: [String: Task<Void, Never>] = [:]
    var devices: [Device] = []
    var plan = ClaimTable.Plan()

    /// Forgets the boards that devices became longest ago and that are away, when they are many.
    ///
    /// - Returns: their runs, to be cancelled.
    mutating func forget() -> [Task<Void, Never>] {
      let named = Set(configurations.compactMap(\.name))
      let away = order.filter { !named.contains($0) && plan.assignments[$0] == nil }
      return away.dropLast(BoardRegistry.mostAway).compactMap { name in
        boards[name] = nil
        order.removeAll { $0 == name }
        return runs.removeValue(forKey: name)
      }
    }
  }

  /// Boards that nobody named and whose device is away, at most.
  static let mostAway = 64

  /// - Parameter defaults: claims that hold besides the configuration's.
  /// - Throws: ``BoardConfigurationError`` when two boards have one name or one path.
  public init(
    _ configurations: [BoardConfiguration], defaults: [Claim] = Claim.defaults, log: EventLog,
    eventLoop: any EventLoop, logger: Logger
  ) throws(BoardConfigurationError) {
    self.eventLoop = eventLoop
    self.logger = logger
    self.log = log
    (newcomers, continuation) = AsyncStream.makeStream()
    try Self.check(configurations)
    state = Mutex(
      State(configurations: [], table: ClaimTable(claims: [], defaults: defaults)))
    configure(configurations)
  }

  /// The board of this name; nil when none has or had it.
  public subscript(name: String) -> Board? { state.withLock { $0.boards[name] } }

  /// All boards, in the order in which they came.
  public var boards: [Board] {
    state.withLock { state in state.order.compactMap { state.boards[$0] } }
  }

  /// Looks after all boards, and those to come, until the task is cancelled; the log ends then.
  public func run() async {
    await withDiscardingTaskGroup { group in
      for await board in newcomers {
        group.addTask { [self] in await look(after: board) }
      }
      group.cancelAll()
    }
    // Whoever listens gets what is there, and then the end.
    log.finish()
  }

  private func look(after board: Board) async {
    let run = Task { await board.run() }
    let isWanted = state.withLock { state in
      guard state.boards[board.name] === board else { return false }
      state.runs[board.name] = run
      return true
    }
    if !isWanted { run.cancel() }
    await withTaskCancellationHandler {
      await run.value
    } onCancel: {
      run.cancel()
    }
  }

  // MARK: Configuration

  /// Takes a new configuration; boards that stay are not touched.
  ///
  /// - Parameter defaults: claims that hold besides; nil for those that held before.
  /// - Throws: ``BoardConfigurationError``; nothing has changed then.
  public func replace(
    _ configurations: [BoardConfiguration], defaults: [Claim]? = nil
  ) throws(BoardConfigurationError) {
    try Self.check(configurations)
    configure(configurations, defaults: defaults)
    update(devices: state.withLock { $0.devices })
  }

  private static func check(
    _ configurations: [BoardConfiguration]
  ) throws(BoardConfigurationError) {
    var names: Set<String> = []
    var paths: Set<String> = []
    for configuration in configurations {
      if let name = configuration.name, !names.insert(name).inserted {
        throw BoardConfigurationError("Two boards are named \(name); give each its own name.")
      }
      if case .path(_, let path, _) = configuration, !paths.insert(path).inserted {
        throw BoardConfigurationError(
          "Two boards have the port \(path); a port serves one board.")
      }
    }
  }

  private func configure(_ configurations: [BoardConfiguration], defaults: [Claim]? = nil) {
    let (new, gone, kept) = state.withLock { state in
      let table = ClaimTable(
        claims: configurations.map(\.claim), defaults: defaults ?? state.table.defaults)
      var wanted: [String: Board] = [:]
      var new: [Board] = []
      var gone: [Task<Void, Never>] = []
      var kept: [(Board, BoardOptions)] = []
      for configuration in configurations {
        guard let name = configuration.name else { continue }
        if let board = state.boards[name], board.path == configuration.path {
          wanted[name] = board
          kept.append((board, configuration.options))
        } else {
          let board = make(name, configuration.path, configuration.options)
          wanted[name] = board
          new.append(board)
        }
      }
      // What a device became without a name in the configuration stays until its device is claimed anew.
      let named = Set(state.configurations.compactMap(\.name))
      for (name, board) in state.boards where wanted[name] == nil && !named.contains(name) {
        wanted[name] = board
      }
      for (name, board) in state.boards where wanted[name] !== board {
        if let run = state.runs.removeValue(forKey: name) { gone.append(run) }
      }
      let names = configurations.compactMap(\.name)
      state.order = names + state.order.filter { wanted[$0] != nil && !names.contains($0) }
      state.boards = wanted
      state.configurations = configurations
      state.table = table
      return (new, gone, kept)
    }
    for run in gone { run.cancel() }
    for (board, options) in kept { Task { await board.update(options: options) } }
    for board in new { continuation.yield(board) }
  }

  private func make(_ name: String, _ path: String?, _ options: BoardOptions) -> Board {
    Board(
      name: name, path: path, options: options, log: log, eventLoop: eventLoop, logger: logger)
  }

  // MARK: Devices

  /// Makes boards be what the devices that are there say; call it with all of them, each time that
  /// any has changed.
  public func update(devices: [Device]) {
    let paths = state.withLock { $0.table.claims.compactMap(\.match.path) }
    let links = Dictionary(
      paths.map { ($0, resolved($0)) }, uniquingKeysWith: { first, _ in first })
    let (orders, new, conflicts, forgotten) = state.withLock { state in
      let current = state.plan.assignments.mapValues(\.device.generation)
      let plan = state.table.plan(devices: devices, current: current, links: links)
      var new: [Board] = []
      for (name, assignment) in plan.assignments where state.boards[name] == nil {
        let board = make(name, nil, assignment.claim.options)
        state.boards[name] = board
        state.order.append(name)
        new.append(board)
      }
      // The newest order counts for each board, and a path's board needs none.
      let orders = state.boards.values.filter { $0.path == nil }.map { board in
        (board, plan.assignments[board.name], plan.boardConflicts[board.name])
      }
      let conflicts = plan.conflicts.filter { state.plan.conflicts[$0.key] != $0.value }
      state.devices = devices
      state.plan = plan
      let forgotten = state.forget()
      return (orders, new, conflicts, forgotten)
    }
    for run in forgotten { run.cancel() }
    for text in conflicts.values.sorted() { logger.error("\(text)") }
    for board in new { continuation.yield(board) }
    // In one job of the loop, so that orders never overtake each other.
    eventLoop.execute {
      for (board, assignment, conflict) in orders {
        board.assumeIsolated { board in
          board.assign(
            assignment?.device, options: assignment?.claim.options ?? board.options,
            conflict: conflict)
        }
      }
    }
  }

  /// The devices that are there, and what became of them.
  public var devices: [ClaimedDevice] {
    let (devices, plan) = state.withLock { ($0.devices, $0.plan) }
    return ClaimedDevice.list(devices, plan)
  }
}

/// What a path leads to in the end; the path itself when nothing is there.
private func resolved(_ path: String) -> String {
  guard let found = realpath(path, nil) else { return path }
  defer { free(found) }
  return String(cString: found)
}

extension BoardConfiguration {
  /// The path, of boards that are found by one.
  var path: String? {
    if case .path(_, let path, _) = self { path } else { nil }
  }

  /// As a claim; a path claims whatever device is behind it.
  var claim: Claim {
    switch self {
    case .claim(let claim): claim
    case .path(let name, let path, let options):
      Claim(name: name, match: DeviceMatch(path: path), options: options)
    }
  }
}
