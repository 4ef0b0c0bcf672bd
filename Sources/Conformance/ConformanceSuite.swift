public import APIClient

/// Tests a board over HTTP, by way of its gateway.
///
/// The board runs the conformance application (`Protocol/device/conformance`). Nothing here knows
/// what kind of board it is: what it has not got, it says by its handshake and by its application.
public struct ConformanceSuite: Sendable {
  private static let groups = [
    CheckGroup(name: "requests", checks: RequestChecks.all),
    CheckGroup(name: "bodies", checks: BodyChecks.all),
    CheckGroup(name: "responses", checks: ResponseChecks.all),
    CheckGroup(name: "events", checks: EventChecks.all),
    CheckGroup(name: "connections", checks: ConnectionChecks.all),
    // Last, since a board that fails here may serve no more.
    CheckGroup(name: "failures", checks: FailureChecks.all),
  ]

  private let client: APIClient
  private let name: String

  /// How much longer than the board's deadline the gateway may take to answer.
  private static let patience: Duration = .seconds(10)

  /// - Parameters:
  ///   - client: the gateway's; its deadline does not count.
  ///   - board: the board's name, of characters that need no encoding in a URL.
  public init(client: APIClient, board: String) {
    self.client = client
    name = board
  }

  /// Runs all checks, one after another.
  ///
  /// - Parameters:
  ///   - begun: told what the board is, before the first check.
  ///   - progress: told what came of each check.
  /// - Throws: ``ConformanceError`` when there is nothing to test; `APIError`; `CancellationError`;
  ///   what the parameters throw.
  public func run(
    begun: (ConformanceReport.BoardSummary) throws -> Void = { _ in },
    progress: (ConformanceReport.Item) throws -> Void = { _ in }
  ) async throws -> ConformanceReport {
    let (subject, summary) = try await subject()
    try begun(summary)
    var items: [ConformanceReport.Item] = []
    for group in Self.groups {
      for check in group.checks {
        let item = try await run(check, of: group, on: subject)
        items.append(item)
        try progress(item)
      }
    }
    return ConformanceReport(summary, items)
  }

  /// Sees whether there is a board that runs the application.
  private func subject() async throws -> (Subject, ConformanceReport.BoardSummary) {
    let facts = try await facts()
    guard let firmware = facts.firmware, let limits = facts.limits else {
      throw ConformanceError.notServing(name, state: facts.state, reason: facts.reason)
    }
    var client = client
    client.deadline = .seconds(limits.deadline) + Self.patience
    var subject = Subject(
      client: client, name: name, offers: [], limits: limits, bootID: firmware.bootID)
    let answer = try await subject.get("/conformance")
    guard answer.status == 200, let offer = Offer(String(decoding: answer.body, as: UTF8.self))
    else { throw ConformanceError.noApplication(name, answer: Subject.summary(answer)) }
    subject.offers = offer.words
    let summary = ConformanceReport.BoardSummary(
      name: name, implementation: firmware.implementation, machine: firmware.machine,
      package: firmware.package, limits: limits, offers: offer.words.sorted(),
      freeHeap: offer.freeHeap)
    return (subject, summary)
  }

  /// What the gateway knows of the board, once it knows whether it serves.
  private func facts() async throws -> BoardFacts {
    let end = ContinuousClock.now + Self.patience
    while true {
      let facts: BoardFacts = try await client.get("/api/v1/boards/\(name)")
      guard ["opening", "probing"].contains(facts.state), .now < end else { return facts }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  private func run(
    _ check: Check, of group: CheckGroup, on subject: Subject
  ) async throws -> ConformanceReport.Item {
    var item = ConformanceReport.Item(
      group: group.name, name: check.name, title: check.title, result: .passed, milliseconds: 0)
    let began = ContinuousClock.now
    do {
      if let word = check.needs, !subject.offers.contains(word) {
        throw Inability(reason: "its application does not offer \"\(word)\"")
      }
      try await check.run(subject)
    } catch let inability as Inability {
      item.result = .cannot
      item.reason = inability.reason
    } catch let unlike as Unlike {
      item.result = .failed
      item.expected = unlike.expected
      item.got = unlike.got
    } catch let error as APIError {
      item.result = .failed
      item.expected = "an answer"
      item.got = error.description
    }
    item.milliseconds = Int((ContinuousClock.now - began) / .milliseconds(1))
    return item
  }
}

/// Why a board cannot be tested.
public struct ConformanceError: Error, Sendable, CustomStringConvertible {
  /// What is the matter, and what to do next.
  public let description: String

  static func notServing(_ name: String, state: String, reason: String?) -> ConformanceError {
    ConformanceError(
      description: "\(name) is \(state)\(reason.map { ": \($0)" } ?? ""); have it run the "
        + "conformance application")
  }

  static func noApplication(_ name: String, answer: String) -> ConformanceError {
    ConformanceError(
      description: "\(name) does not run the conformance application (GET /conformance gave "
        + "\(answer)); --install PACKAGE puts it there, or copy the one for its package from "
        + "Protocol/device/conformance")
  }
}
