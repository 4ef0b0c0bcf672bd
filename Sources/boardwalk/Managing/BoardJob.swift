import APIClient
import ArgumentParser
import UnixSignals

/// What a command does with a board, from its beginning to its end, whatever ends it.
struct BoardJob: Sendable {
  let place: BoardPlace
  /// What Ctrl-C does first, where there is something better than giving up.
  var interrupt: (@Sendable (BoardClient) async throws -> Void)?

  /// How long a job may take to end by itself when it was interrupted, and again to tidy up when it
  /// was given up.
  private static let patience: Duration = .seconds(5)
  /// So long each when nobody takes its output, which nothing can end.
  private static let outputPatience: Duration = .milliseconds(500)

  private enum Happening: Sendable {
    case began(BoardClient)
    case ended(Result<Void, any Error>)
    case signal(UnixSignal)
    /// Nobody reads standard output any more.
    case readerGone
    /// It goes on though it was interrupted, so long ago.
    case unheeded(after: Duration)
    /// It does not end, though it was given up.
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
    let exit = await watch(happenings, work) { happening, delay in
      Task {
        try await Task.sleep(for: delay)
        notes.yield(happening)
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
  /// - Parameter plan: has something happen after a while.
  /// - Returns: the program's exit status, if it is not 0.
  private func watch(
    _ happenings: AsyncStream<Happening>, _ work: Task<Void, any Error>,
    plan: (Happening, Duration) -> Void
  ) async -> ExitCode? {
    var signal: UnixSignal?
    var board: BoardClient?
    var isInterrupted = false
    var isUnwanted = false
    func giveUp() {
      guard !isUnwanted else { return }
      isUnwanted = true
      work.cancel()
      plan(.late, Output.standard.isFull ? Self.outputPatience : Self.patience)
      guard isInterrupted, !Output.standard.isFull else { return }
      Failure.say(
        "the code on \(place.title) has not ended yet, and may run on. If \(place.title) does not "
          + "answer, reset it, or pull it out and plug it in again.")
    }
    for await happening in happenings {
      switch happening {
      case .began(let client): board = client
      case .signal(.sigint) where signal == nil && interrupt != nil && board != nil:
        signal = .sigint
        guard let interrupt, let board else { break }
        isInterrupted = true
        Task {
          do { try await interrupt(board) } catch { work.cancel() }
        }
        for time in [Self.outputPatience, Self.patience] { plan(.unheeded(after: time), time) }
      case .unheeded(let time):
        if time == Self.patience || Output.standard.isFull { giveUp() }
      case .signal, .readerGone:
        if case .signal(let new) = happening { signal = signal ?? new }
        giveUp()
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
