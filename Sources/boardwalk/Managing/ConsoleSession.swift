import APIClient
import Foundation
import Glibc
import Synchronization

/// A board's console at this terminal, or at whatever standard input and output are.
struct ConsoleSession: Sendable {
  let board: BoardClient
  /// The board's name for people.
  let title: String

  /// The key that leaves: Ctrl-].
  private static let leavingKey: UInt8 = 0x1D
  /// When standard input has ended, so long without any output counts as the end.
  private static let patience: Duration = .seconds(1)

  /// When the board last wrote something.
  private final class Activity: Sendable {
    private let last = Mutex(ContinuousClock.now)

    var lastTime: ContinuousClock.Instant { last.withLock { $0 } }

    func note() { last.withLock { $0 = .now } }
  }

  /// Carries what is typed and what is printed, until the user leaves or the gateway goes.
  ///
  /// - Throws: `APIError`; ``Output/Closed``.
  func run() async throws {
    let output = try await board.console()
    let terminal = RawTerminal(STDIN_FILENO)
    defer { terminal?.restore() }
    Failure.note("Connected to \(title)" + (terminal == nil ? "" : "; Ctrl-] leaves"))
    let activity = Activity()
    try await withThrowingTaskGroup { group in
      group.addTask {
        for try await bytes in output {
          activity.note()
          try await Output.standard.send(bytes)
        }
        throw Complaint("the gateway has ended the console")
      }
      group.addTask { try await watch() }
      group.addTask {
        if terminal == nil {
          try await typeAll(activity)
        } else {
          try await typeKeys()
        }
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  // MARK: Typing

  /// Types what the keys bring, up to the one that leaves.
  private func typeKeys() async throws {
    let keys = InputReader(STDIN_FILENO)
    var lastRefusal = ""
    while let bytes = try await keys.next() {
      let end = bytes.firstIndex(of: Self.leavingKey)
      do {
        try await type(Array(bytes[..<(end ?? bytes.endIndex)]))
      } catch let error as APIError where error.code == .refused {
        // The board is away, or serves: what was typed is lost, and the console goes on.
        let refusal = error.problem?.detail ?? "\(error)"
        if refusal != lastRefusal { Failure.say(refusal) }
        lastRefusal = refusal
      }
      if end != nil { return Failure.note("") }
    }
  }

  /// Types all of a file or pipe, and waits until the board is quiet.
  ///
  /// - Throws: also when the board takes none of it, for nobody is there to type it again.
  private func typeAll(_ activity: Activity) async throws {
    let input = InputReader(STDIN_FILENO)
    var last: UInt8 = 0
    while let bytes = try await input.next() {
      var keys: [UInt8] = []
      // A key that ends a line is a return, on every terminal.
      for byte in bytes {
        if byte != 0x0A { keys.append(byte) } else if last != 0x0D { keys.append(0x0D) }
        last = byte
      }
      try await type(keys)
      activity.note()
    }
    while true {
      let end = activity.lastTime + Self.patience
      if end <= .now { return }
      try await Task.sleep(until: end)
    }
  }

  private func type(_ bytes: [UInt8]) async throws {
    guard !bytes.isEmpty else { return }
    try await board.type(bytes)
  }

  // MARK: The board's coming and going

  /// Says when the board goes, and when it is back.
  ///
  /// - Throws: when the gateway goes.
  private func watch() async throws {
    let changes = EventFollower(
      address: board.client.address,
      target: "/api/v1/boards/\(board.name.percentEncoded)/events?type=state")
    var isAway = false
    for try await change in changes {
      switch change {
      case .connected:
        let status = try await board.status()
        if status.state == "serving" {
          Failure.note("It serves: what it prints comes here. Ctrl-C ends its program.")
        }
        isAway = tell(status, wasAway: false)
      case .event(let event):
        guard let status: BoardClient.Status = event.decoded() else { break }
        isAway = tell(status, wasAway: isAway)
      case .disconnected(let error): throw error
      case .gap, .lost: break
      }
    }
  }

  /// - Returns: whether the board is away now.
  private func tell(_ status: BoardClient.Status, wasAway: Bool) -> Bool {
    let isAway = ["absent", "opening", "held", "failed"].contains(status.state)
    if isAway, !wasAway {
      Failure.say("\(title) is away: \(status.reason ?? status.state)")
    } else if wasAway, !isAway {
      Failure.say("\(title) is back")
    }
    return isAway
  }
}
