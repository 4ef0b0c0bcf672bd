import APIClient
import Boards
import Foundation

/// A board as its gateway's API offers it for managing.
///
/// All of it throws `APIError`, or `CancellationError`.
struct BoardClient: Sendable {
  let client: APIClient
  /// The board's name at the gateway.
  let name: String

  /// For what the board does in a moment, with some room for one that something else manages.
  private static let shortWait: Duration = .seconds(30)
  /// For what reads or erases much of its file system; also between two events of such a thing.
  private static let longWait: Duration = .seconds(120)

  /// A program may be silent for as long as it likes; the gateway sends something every 15 s.
  private static let heartbeats: Duration = .seconds(45)

  init(_ client: APIClient, name: String) {
    self.client = client
    self.name = name
  }

  private func target(_ rest: String, _ query: String?...) -> String {
    let query = query.compactMap { $0 }
    return "/api/v1/boards/\(name.percentEncoded)/\(rest)"
      + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
  }

  private func file(_ path: String, _ query: String?...) -> String {
    let query = query.compactMap { $0 }
    return target(
      "files" + path.percentEncodedPath, query.isEmpty ? nil : query.joined(separator: "&"))
  }

  /// The client, with another deadline for whole answers.
  private func client(within deadline: Duration) -> APIClient {
    var client = client
    client.deadline = deadline
    return client
  }

  // MARK: Files

  /// What is at a path; nil when nothing is.
  func entry(_ path: String) async throws -> FileEntry? {
    let answer: APIResponseHead
    do {
      answer = try await head(file(path))
    } catch let error as APIError where error.problem?.kind == "file-not-found" {
      return nil
    }
    guard !answer.isOf(type: "application/json") else {
      return FileEntry(path: path, type: .directory, size: 0)
    }
    let tag = FileTag(answer["ETag"])
    let size = tag?.size ?? answer["Content-Length"].flatMap { Int($0) } ?? 0
    return FileEntry(path: path, type: .file, size: size, checksum: tag?.checksum)
  }

  private func head(_ target: String) async throws -> APIResponseHead {
    do {
      return try await client(within: Self.longWait).send(APIRequest(.head, target)).head
    } catch let error as APIError where error.status != nil {
      // The answer to a HEAD has no body that could say why; that to a GET has.
      return try await client.stream(APIRequest(.get, target), silence: Self.longWait).head
    }
  }

  /// What is in a directory.
  func list(_ path: String, recursive: Bool, checksums: Bool) async throws -> [FileEntry] {
    struct Listing: Decodable { let entries: [FileEntry] }
    return try await client(within: Self.longWait).get(
      file(path, recursive ? "recursive=1" : nil, checksums ? "checksums=1" : nil),
      as: Listing.self
    ).entries
  }

  /// Reads a file to its end.
  ///
  /// - Parameter chunk: gets the bytes as they come.
  /// - Returns: what the board says of the file.
  /// - Throws: also ``Complaint``, when it is no file, or was cut off.
  func read(
    _ path: String, chunk: ([UInt8]) async throws -> Void
  ) async throws -> FileTag? {
    let body = try await client.stream(
      APIRequest(.get, file(path), accept: "application/octet-stream"), silence: Self.longWait)
    guard !body.head.isOf(type: "application/json") else {
      throw Complaint("\(path) is a directory")
    }
    var size = 0
    do {
      for try await bytes in body {
        size += bytes.count
        try await chunk(bytes)
      }
    } catch let error as APIError where error.code == .ended {
      let status = try await status()
      throw Complaint(
        "\(path) was cut off after \(ByteText.count(size)), and the board is "
          + "\(status.reason ?? status.state); see that it is plugged in, and try again")
    }
    return FileTag(body.head["ETag"])
  }

  /// What became of a file that was sent.
  struct Written: Decodable {
    /// False: the board had it already.
    var written: Bool
  }

  /// - Parameter progress: gets the bytes that the board has.
  func write(
    _ path: String, _ bytes: [UInt8], progress: (Int) async throws -> Void
  ) async throws -> Written {
    struct Progress: Decodable { let done: Int }
    return try await client.perform(
      APIRequest(.put, file(path), body: bytes), silence: Self.longWait
    ) { event in
      guard let step: Progress = event.decoded() else { return }
      try await progress(step.done)
    }
  }

  /// - Parameter parents: make those above it, too; one that is there is good then.
  func makeDirectory(_ path: String, parents: Bool) async throws {
    let path = path.hasSuffix("/") ? path : path + "/"
    try await client(within: Self.shortWait).send(
      APIRequest(.put, file(path, parents ? "parents=1" : nil), body: []))
  }

  func remove(_ path: String, recursive: Bool) async throws {
    try await client(within: Self.longWait).send(
      APIRequest(.delete, file(path, recursive ? "recursive=1" : nil)))
  }

  // MARK: Programs

  /// Runs code to its end.
  ///
  /// - Parameters:
  ///   - limit: how long it may take, as the API has it, such as `10s`; nil for the API's own.
  ///   - output: gets what it writes, as it comes.
  /// - Returns: its traceback, empty when it raised nothing.
  func execute(
    _ code: [UInt8], limit: String?, output: (String) async throws -> Void
  ) async throws -> String {
    try await run(target("exec", limit.map { "limit=" + $0.percentEncoded }), code, output)
  }

  /// Runs a program, whose server serves while it does, to its end.
  ///
  /// - Returns: its traceback, empty when it raised nothing.
  func runProgram(
    _ code: [UInt8], output: (String) async throws -> Void
  ) async throws -> String {
    try await run(target("exec", "serve=1"), code, output)
  }

  /// Starts a program that runs on by itself.
  func startProgram(_ code: [UInt8]) async throws {
    try await client(within: Self.shortWait).send(
      APIRequest(.post, target("exec", "serve=1", "detach=1"), body: code))
  }

  private func run(
    _ target: String, _ code: [UInt8], _ output: (String) async throws -> Void
  ) async throws -> String {
    struct Output: Decodable { let text: String }
    struct End: Decodable { let error: String }
    return try await client.perform(
      APIRequest(.post, target, body: code), silence: Self.heartbeats, as: End.self
    ) { event in
      guard event.type == "output", let piece: Output = event.decoded() else { return }
      try await output(piece.text)
    }.error
  }

  // MARK: The board

  func info() async throws -> BoardInfo {
    try await client(within: Self.shortWait).get(target("info"))
  }

  func reset(_ mode: Board.ResetMode) async throws {
    try await client(within: Self.shortWait).send(
      APIRequest(.post, target("reset", "mode=\(mode.rawValue)"), body: []))
  }

  /// - Parameter progress: gets each step.
  func install(
    _ application: ApplicationFiles, start: Installation.Start,
    progress: (Installation.Progress) async throws -> Void
  ) async throws -> InstallAnswer {
    let body = try application.json(start: start)
    return try await client.perform(
      APIRequest(.post, target("install"), body: body), silence: Self.longWait
    ) { event in
      guard let step: Installation.Progress = event.decoded() else { return }
      try await progress(step)
    }
  }

  // MARK: The console

  /// What the board writes from now on, until nobody reads it any more.
  func console() async throws -> APIResponseBody {
    try await client.stream(
      APIRequest(.get, target("console"), accept: "application/octet-stream"), silence: nil)
  }

  /// Most bytes that are typed at once.
  static let typingLimit = 4096

  func type(_ bytes: [UInt8]) async throws {
    try await client.send(APIRequest(.post, target("console"), body: bytes))
  }

  /// Where the board stands, and why.
  struct Status: Decodable {
    var state: String
    var reason: String?
  }

  func status() async throws -> Status {
    try await client.get("/api/v1/boards/\(name.percentEncoded)")
  }
}

/// What an ETag of a board's file says: checksum and size.
struct FileTag: Equatable {
  var checksum: String
  var size: Int

  /// Reads `"<crc32 hex>-<size>"`; nil for anything else.
  init?(_ field: String?) {
    let parts = (field ?? "").split(separator: "-", omittingEmptySubsequences: false)
    guard let field, field.hasPrefix("\""), field.hasSuffix("\""), parts.count == 2,
      let size = Int(parts[1].dropLast()), size >= 0
    else { return nil }
    checksum = String(parts[0].dropFirst())
    self.size = size
  }
}

extension ServerSentEvent {
  /// Its data, where that is such JSON; what a newer gateway adds is passed over.
  func decoded<Content: Decodable>() -> Content? {
    try? JSONDecoder().decode(Content.self, from: Data(data.utf8))
  }
}
