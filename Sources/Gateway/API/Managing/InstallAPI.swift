import Boards
import FoundationEssentials
import HummingbirdCore

/// `POST …/install`: the device package and an application, and what came of them.
struct InstallAPI: Sendable {
  /// How long a board may take to serve what was installed.
  private static let patience: Duration = .seconds(10)

  let board: Board
  private let installation: Installation

  /// - Throws: ``Problem``; `CancellationError` when the client has gone.
  init(_ board: Board, _ request: Request, _ query: QueryString, largestBody: Int) async throws {
    try query.allow([])
    let body = try await request.wholeBody(limit: largestBody)
    let order: Order
    do {
      order = try JSONDecoder().decode(Order.self, from: Data(body))
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem.badBody(
        "It should be JSON such as {\"files\": [{\"path\": \"app.py\", \"text\": \"…\"}], "
          + "\"start\": \"at-boot\"}.")
    }
    self.board = board
    installation = Installation(files: order.files.map(\.file), start: order.start ?? .atBoot)
  }

  func work(for request: Request) -> Production.Work {
    EventForm.work(for: request, board: board.title) { form in
      let report = try await board.manage("install") { session throws(ManagingError) in
        try await installation.perform(session) { form?.progress($0) }
      }
      let traceback = try await start(report.program)
      let state = await board.state
      return Done(
        report: report, serving: state == .serving && traceback == nil, state: state.name,
        reason: traceback.map { "its program has ended" + ($0.isEmpty ? "" : ":\n\($0)") }
          ?? state.reason)
    }
  }

  /// Starts what is to be started, and waits until it serves, or has ended.
  ///
  /// - Parameter program: code that starts the application; nil when main.py does.
  /// - Returns: the traceback of a program that was started from memory and has ended.
  private func start(_ program: String?) async throws -> String? {
    guard !installation.files.isEmpty, installation.start != .never else { return nil }
    guard installation.start == .now, let program else {
      try await board.reset(.soft)
      try? await board.waitUntilServing(Self.patience, orEnd: true)
      return nil
    }
    let (ends, end) = AsyncStream.makeStream(of: String.self)
    try await board.startProgram(Array(program.utf8)) { end.yield($0) }
    let waiting = Task { [board] in
      try? await board.waitUntilServing(Self.patience)
      end.finish()
    }
    defer { waiting.cancel() }
    return await ends.first { _ in true }
  }

  /// The report, and how the board is now.
  private struct Done: Encodable {
    let report: Installation.Report
    let serving: Bool
    let state: String
    let reason: String?

    enum CodingKeys: CodingKey { case serving, state, reason }

    func encode(to encoder: any Encoder) throws {
      try report.encode(to: encoder)
      var members = encoder.container(keyedBy: CodingKeys.self)
      try members.encode(serving, forKey: .serving)
      try members.encode(state, forKey: .state)
      try members.encodeIfPresent(reason, forKey: .reason)
    }
  }

  /// The request's body.
  private struct Order: Decodable {
    var files: [OrderedFile]
    var start: Installation.Start?

    enum CodingKeys: String, CodingKey { case files, start }

    init(from decoder: any Decoder) throws {
      try decoder.refuseOthers(besides: ["files", "start"])
      let members = try decoder.container(keyedBy: CodingKeys.self)
      files = try members.decodeIfPresent([OrderedFile].self, forKey: .files) ?? []
      guard let text = try members.decodeIfPresent(String.self, forKey: .start) else { return }
      guard let start = Installation.Start(rawValue: text) else {
        throw Problem.badBody("start is \"\(text)\"; there are at-boot, now and never.")
      }
      self.start = start
    }
  }

  private struct OrderedFile: Decodable {
    let file: Installation.File

    enum CodingKeys: String, CodingKey { case path, text, base64 }

    init(from decoder: any Decoder) throws {
      try decoder.refuseOthers(besides: ["path", "text", "base64"])
      let members = try decoder.container(keyedBy: CodingKeys.self)
      let path = try BoardPath(try members.decode(String.self, forKey: .path))
      guard !path.isDirectory else {
        throw Problem.badPath("\(path.asDirectory) is a directory; give each of its files.")
      }
      let text = try members.decodeIfPresent(String.self, forKey: .text)
      let base64 = try members.decodeIfPresent(String.self, forKey: .base64)
      let bytes: [UInt8]
      switch (text, base64.map { Data(base64Encoded: $0) }) {
      case (let text?, nil): bytes = Array(text.utf8)
      case (nil, let data??): bytes = Array(data)
      default:
        throw Problem.badBody("The file \(path) must have either its text, or its bytes in base64.")
      }
      file = Installation.File(path: path.description, bytes: bytes)
    }
  }
}

extension Decoder {
  /// A member that nobody reads is likely misspelt.
  ///
  /// - Throws: ``Problem``.
  fileprivate func refuseOthers(besides known: [String]) throws {
    let found = try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
    if let other = found.sorted().first(where: { !known.contains($0) }) {
      throw Problem.badBody(
        "\"\(other)\" is no member; there are \(known.joined(separator: ", ")).")
    }
  }
}

private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
