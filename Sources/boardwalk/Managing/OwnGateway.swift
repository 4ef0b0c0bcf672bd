import APIClient
import Boards
import Gateway
import Glibc
import Logging

/// A gateway for one command and one board, in the command's own process, on a Unix socket that
/// nobody else can reach.
final class OwnGateway: Sendable {
  private let address: GatewayAddress
  private let port: String
  private let directory: PrivateDirectory
  private let running: Task<Void, any Error>
  private let stop: AsyncStream<Never>.Continuation
  /// Finishes when the gateway listens.
  private let listening: AsyncStream<Never>

  /// How long opening a port may take; stuck modem lines take their time.
  private static let openingLimit: Duration = .seconds(10)
  /// How long the board may take to be left as it should be.
  private static let endingLimit: Duration = .seconds(10)

  /// Starts it.
  ///
  /// - Throws: ``Complaint`` when there is no such port, or no place for the socket.
  init(for board: BoardConfiguration, at path: String) throws(Complaint) {
    guard access(path, F_OK) == 0 else {
      throw Complaint(
        "there is no port \(path); see whether the board is plugged in: `boardwalk boards` lists "
          + "what is")
    }
    port = path
    directory = try PrivateDirectory()
    address = GatewayAddress(socketPath: directory.path + "/gateway")
    var settings = try Self.settings
    settings.gateway.socketPath = address.socketPath
    var application = Application(settings)
    application.boards = [board]
    application.isDiscovering = false
    let (listening, isListening) = AsyncStream.makeStream(of: Never.self)
    let (stopping, stop) = AsyncStream.makeStream(of: Never.self)
    application.onRunning = { _ in isListening.finish() }
    application.untilEnd = { for await _ in stopping {} }
    self.listening = listening
    self.stop = stop
    running = Task { [application] in
      defer { isListening.finish() }
      try await application.run()
    }
  }

  /// What the user says of gateways that run is not for this one.
  private static var settings: Settings {
    get throws(Complaint) {
      do throws(SettingProblems) {
        var settings = try Settings(SettingSources())
        settings.gateway.allowsManaging = true
        settings.gateway.largestBody = LocalFile.largest * 2
        settings.claimsByDefault = false
        settings.history = nil
        settings.logLevel = .error
        return settings
      } catch {
        throw Complaint(error.description)
      }
    }
  }

  private var client: BoardClient {
    BoardClient(APIClient(address: address), name: BoardPlace.ownName)
  }

  /// The board, when its port is open.
  ///
  /// - Throws: ``Complaint`` when it cannot be opened; what the gateway throws.
  func board() async throws -> BoardClient {
    for await _ in listening {}
    try Task.checkCancellation()
    let ended = ended()
    try await withThrowingTaskGroup { group in
      group.addTask { [self] in try await waitUntilOpen() }
      group.addTask { [port] in
        try await Task.sleep(for: Self.openingLimit)
        let seconds = Self.openingLimit.components.seconds
        throw Complaint("\(port) could not be opened within \(seconds) s; plug the board in anew")
      }
      group.addTask { [running] in
        for await _ in ended {}
        try Task.checkCancellation()
        try await running.value
      }
      defer { group.cancelAll() }
      try await group.next()
    }
    return client
  }

  private func waitUntilOpen() async throws {
    let changes = EventFollower(
      address: address, target: "/api/v1/boards/\(client.name)/events?type=state")
    for try await _ in changes {
      let status = try await client.status()
      switch status.state {
      case "absent", "opening": continue
      case "failed": throw Complaint(status.reason ?? "\(port) cannot be opened")
      default: return
      }
    }
  }

  /// Ends it: the board is left as it should be, the port is let go, the directory removed.
  func end() async {
    await within(Self.endingLimit) { [self] in
      // The gateway leaves a board's raw REPL a moment after the last who needed it.
      let isManaged = { try await self.client.status().state == "managed" }
      while (try? await isManaged()) ?? false { try? await Task.sleep(for: .milliseconds(20)) }
    }
    stop.finish()
    // What keeps a gateway from ending is given up: the program ends.
    await within(Self.endingLimit) { [ended = ended()] in for await _ in ended {} }
    directory.remove()
  }

  private func within(_ limit: Duration, _ wait: @escaping @Sendable () async -> Void) async {
    await withTaskGroup { group in
      group.addTask { await wait() }
      group.addTask { try? await Task.sleep(for: limit) }
      await group.next()
      group.cancelAll()
    }
  }

  /// Finishes when the gateway has ended.
  private func ended() -> AsyncStream<Never> {
    let (stream, hasEnded) = AsyncStream.makeStream(of: Never.self)
    Task { [running] in
      _ = await running.result
      hasEnded.finish()
    }
    return stream
  }
}
