import APIClient
import Foundation

/// The board that is tested, and how it is asked.
struct Subject: Sendable {
  let client: APIClient
  /// At the gateway.
  let name: String
  var offers: Set<String>
  let limits: ConformanceReport.Limits
  /// When the suite began.
  let bootID: String

  /// How long an event may take, and the request that causes it.
  private static let eventLimit: Duration = .seconds(5)

  /// How long a board may take to serve again after a failure.
  private static let returnLimit: Duration = .seconds(5)

  // MARK: Requests

  func target(_ path: String) -> String { "/boards/\(name)\(path)" }

  /// Asks the board on a connection for this request alone.
  func request(
    _ method: String, _ path: String, fields: [(String, String)] = [], body: [UInt8]? = nil
  ) async throws -> ClientResponse {
    var connection = try await client.connect()
    connection.send(method, target(path), fields: fields, body: body)
    return try await connection.response()
  }

  func get(_ path: String, fields: [(String, String)] = []) async throws -> ClientResponse {
    try await request("GET", path, fields: fields)
  }

  /// GETs with status 200.
  func body(_ path: String, fields: [(String, String)] = []) async throws -> [UInt8] {
    try Self.body(of: try await get(path, fields: fields), "GET \(path)")
  }

  /// The body of a response that has to have status 200.
  static func body(of response: ClientResponse, _ request: String) throws(Unlike) -> [UInt8] {
    guard response.status == 200 else {
      throw Unlike(expected: "200 to \(request)", got: summary(response))
    }
    return response.body
  }

  /// Sees whether the board answers as if nothing had been.
  ///
  /// - Parameter after: what happened; the board may take a moment to serve again.
  func expectService(after what: String) async throws {
    let end = ContinuousClock.now + Self.returnLimit
    var response = try await get("/seen?a=again")
    while Problem(response) != nil, ContinuousClock.now < end {
      try await Task.sleep(for: .milliseconds(50))
      response = try await get("/seen?a=again")
    }
    guard response.status == 200, Seen(response.body)?.parameter == "again" else {
      throw Unlike(expected: "200 to a request after \(what)", got: Self.summary(response))
    }
  }

  /// What the gateway knows now.
  func facts() async throws -> BoardFacts { try await client.get("/api/v1/boards/\(name)") }

  /// A response for people.
  static func summary(_ response: ClientResponse) -> String {
    let problem = Problem(response)
    let text = problem?.detail ?? String(decoding: response.body.prefix(200), as: UTF8.self)
    return "\(response.status)" + (text.isEmpty ? "" : ": \(text)")
  }

  // MARK: Events

  /// An event of the gateway's; members that its type does not have are nil.
  struct Event: Decodable, Sendable {
    let name: String?
    let data: String?
    let line: String?
    let traceback: String?
  }

  /// Causes an event, and waits for it.
  ///
  /// - Parameters:
  ///   - type: the event's type at the gateway.
  ///   - what: the event in words.
  ///   - cause: asks the board for something that makes it.
  ///   - isWanted: whether an event of the type is the one; the board may make others as well.
  func expectEvent(
    _ type: String, _ what: String, causedBy cause: @escaping @Sendable () async throws -> Void,
    isWanted: @escaping @Sendable (Event) -> Bool
  ) async throws {
    let follower = EventFollower(
      address: client.address, target: "/api/v1/boards/\(name)/events?type=\(type)")
    let hasCome: Bool? = try await Self.within(Self.eventLimit) {
      for try await element in follower {
        switch element {
        case .connected(isAgain: false): try await cause()
        case .event(let event):
          let members = try? JSONDecoder().decode(Event.self, from: Data(event.data.utf8))
          if let members, isWanted(members) { return true }
        default: break
        }
      }
      return false
    }
    guard hasCome == true else {
      let seconds = Self.eventLimit.components.seconds
      throw Unlike(expected: what, got: "no such event within \(seconds) s")
    }
  }

  /// - Returns: nil when the body took longer.
  static func within<Result: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result? {
    try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await Task.sleep(for: limit)
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }
}

/// What a handler saw of its request, as `/seen` tells.
struct Seen {
  let method: String
  let path: String
  let query: String
  let parameter: String
  let field: String

  init?(_ body: [UInt8]) {
    let lines = String(decoding: body, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
    guard lines.count == 6, lines[5].isEmpty else { return nil }
    (method, path, query, parameter, field) = (lines[0], lines[1], lines[2], lines[3], lines[4])
  }
}

/// The gateway's own word that something failed (RFC 9457).
struct Problem: Decodable {
  let type: String
  let detail: String?
  let traceback: String?

  /// Nil when this is the board's own answer.
  init?(_ response: ClientResponse) {
    guard response["Content-Type"]?.hasPrefix("application/problem+json") == true else {
      return nil
    }
    do { self = try JSONDecoder().decode(Self.self, from: Data(response.body)) } catch {
      return nil
    }
  }

  var kind: Substring { type.split(separator: ":").last ?? "" }
}
