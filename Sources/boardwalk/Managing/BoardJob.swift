import APIClient
import ArgumentParser
import UnixSignals

/// What a command does with a board, from its beginning to its end, whatever ends it.
struct BoardJob: Sendable {
  let place: BoardPlace
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
    let access: Access
    do throws(Complaint) {
      access = try Access(place)
    } catch {
      throw Failure.exit(for: error)
    }
    let work = Task {
      let board = try await access.board
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
    await access.end()
    if let exit { throw exit }
  }

  /// The way to the board.
  private enum Access {
    case gateway(BoardClient)
    case own(OwnGateway)

    init(_ place: BoardPlace) throws(Complaint) {
      switch place {
      case .named(let name, let address):
        self = .gateway(BoardClient(APIClient(address: address), name: name))
      case .port(let configuration, let path):
        self = .own(try OwnGateway(for: configuration, at: path))
      }
    }

    var board: BoardClient {
      get async throws {
        switch self {
        case .gateway(let board): board
        case .own(let gateway): try await gateway.board()
        }
      }
    }

    func end() async {
      if case .own(let gateway) = self { await gateway.end() }
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
