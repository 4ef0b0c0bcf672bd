import APIClient
import ArgumentParser
import UnixSignals

/// What a command does with a board, from its beginning to its end, whatever ends it.
struct BoardJob: Sendable {
  let place: BoardPlace
  /// The gateway that has boards with names.
  let gateway: GatewayAddress
  /// What Ctrl-C does first, where there is something better than giving up.
  var interrupt: (@Sendable (BoardClient) async throws -> Void)?

  /// How long an interrupted job may take to end by itself.
  private static let patience: Duration = .seconds(5)

  private enum Happening: Sendable {
    case began(BoardClient)
    case ended(Result<Void, any Error>)
    case signal(UnixSignal)
    /// Nobody reads standard output any more.
    case readerGone
    /// It does not end, though it should.
    case late
  }

  /// Does it: a gateway for it is started before where there is none, and ended afterwards.
  ///
  /// - Throws: `ExitCode`; what went wrong has been said then.
  func run(_ body: @escaping @Sendable (BoardClient) async throws -> Void) async throws {
    let (happenings, notes) = AsyncStream.makeStream(of: Happening.self)
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    let trap = Task { for await signal in signals { notes.yield(.signal(signal)) } }
    defer { trap.cancel() }
    Output.standard.whenClosed { notes.yield(.readerGone) }
    let own: OwnGateway?
    do {
      own = try OwnGateway(for: place)
    } catch {
      throw Failure.exit(for: error)
    }
    let work = Task {
      let board = try await board(own)
      notes.yield(.began(board))
      try await body(board)
    }
    Task { notes.yield(.ended(await work.result)) }
    let exit = await watch(happenings, work) { delay in
      Task {
        try await Task.sleep(for: delay)
        notes.yield(.late)
      }
    }
    await own?.end()
    if let exit { throw exit }
  }

  private func board(_ own: OwnGateway?) async throws -> BoardClient {
    switch place {
    case .named(let name): return BoardClient(APIClient(address: gateway), name: name)
    case .port:
      guard let own else { throw CancellationError() }
      return try await own.board()
    }
  }

  /// Looks after the work until it has ended, or is given up.
  ///
  /// - Parameter giveUp: has it count as late after a while.
  /// - Returns: the program's exit status, if it is not 0.
  private func watch(
    _ happenings: AsyncStream<Happening>, _ work: Task<Void, any Error>,
    giveUp: (Duration) -> Void
  ) async -> ExitCode? {
    var signal: UnixSignal?
    var board: BoardClient?
    var isUnwanted = false
    for await happening in happenings {
      switch happening {
      case .began(let client): board = client
      case .signal(.sigint) where signal == nil && interrupt != nil && board != nil:
        signal = .sigint
        guard let interrupt, let board else { break }
        Task {
          do { try await interrupt(board) } catch { work.cancel() }
          try await Task.sleep(for: Self.patience)
          work.cancel()
        }
        giveUp(Self.patience * 2)
      case .signal, .readerGone:
        if case .signal(let new) = happening { signal = signal ?? new }
        isUnwanted = true
        work.cancel()
        giveUp(Self.patience)
      case .ended(let result):
        // What goes wrong on the way out is nobody's concern.
        let failure = isUnwanted ? nil : Failure.exit(of: result)
        return signal.map { ExitCode(128 + $0.rawValue) } ?? failure
      case .late: return signal.map { ExitCode(128 + $0.rawValue) }
      }
    }
    return nil
  }
}
