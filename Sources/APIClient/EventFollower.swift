import Foundation
import NIOCore
import NIOHTTP1

/// A gateway's events, for as long as somebody asks for the next.
///
/// It connects again by itself, and goes on after the last event that it had. Nothing is read ahead:
/// who is slow is slow at the gateway, which says how many events that cost.
public struct EventFollower: AsyncSequence, Sendable {
  public typealias Failure = any Error

  /// What a follower tells.
  public enum Element: Sendable {
    /// The gateway answers; `isAgain` unless it is the first time.
    case connected(isAgain: Bool)
    case event(ServerSentEvent)
    /// The stream does not begin where it ended; `data` is the gateway's own word, a JSON object.
    case gap(EventGapNotice, data: String)
    /// So many events were dropped at this place, since they were not taken fast enough.
    case lost(Int, data: String)
    /// The gateway has gone, or is not there yet; trying goes on.
    case disconnected(APIError)
  }

  let address: GatewayAddress
  /// Path and query of the stream, percent-encoded.
  let target: String
  /// The last event that the caller has.
  let after: String?
  /// Whether to wait for a gateway that does not answer at first.
  let isPatient: Bool

  public init(
    address: GatewayAddress, target: String, after: String? = nil, isPatient: Bool = false
  ) {
    self.address = address
    self.target = target
    self.after = after
    self.isPatient = isPatient
  }

  public func makeAsyncIterator() -> Iterator { Iterator(self) }

  public struct Iterator: AsyncIteratorProtocol, Sendable {
    /// The gateway sends something every 15 s; after three times nothing it counts as gone.
    private static let longestSilence: Duration = .seconds(45)
    private static let shortestPause: Duration = .milliseconds(100)
    private static let longestPause: Duration = .seconds(5)
    private static let connectLimit: Duration = .seconds(5)

    private let follower: EventFollower
    private var connection: HTTPConnection?
    private var parser: EventStreamParser
    private var pending: [Element] = []
    private var wasConnected = false
    /// Its going was told.
    private var isAway = false
    /// The gateway said no, or what answers is none.
    private var refusal: Refusal?
    /// How long to wait before the next try; nil for not at all.
    private var pause: Duration?

    init(_ follower: EventFollower) {
      self.follower = follower
      parser = EventStreamParser(lastID: follower.after)
    }

    /// - Throws: ``APIError`` when no later try can succeed, or the first does not and the follower
    ///   is not patient.
    /// - Returns: nil when the task is cancelled.
    public mutating func next() async throws -> Element? {
      while !Task.isCancelled {
        if !pending.isEmpty { return pending.removeFirst() }
        do {
          if let connection {
            try await read(connection)
          } else {
            try await connect()
          }
        } catch let error as APIError {
          connection = nil
          guard error.mayPass, wasConnected || follower.isPatient else { throw error }
          pause = pause.map { Swift.min($0 * 2, Self.longestPause) } ?? Self.shortestPause
          if !isAway {
            isAway = true
            return .disconnected(error)
          }
        } catch is CancellationError {
          break
        }
      }
      connection = nil
      return nil
    }

    private mutating func connect() async throws {
      // Not all clients of a gateway that was restarted at the same moment.
      if let pause { try await Task.sleep(for: pause * Double.random(in: 0.8...1.2)) }
      let connection = try await HTTPConnection.open(follower.address, within: Self.connectLimit)
      connection.send(
        APIRequest(.get, follower.target, accept: "text/event-stream"), lastEventID: parser.lastID)
      parser = EventStreamParser(lastID: parser.lastID)
      refusal = nil
      self.connection = connection
    }

    private mutating func read(_ connection: HTTPConnection) async throws {
      for part in try await connection.next(within: Self.longestSilence) {
        switch part {
        case .head(let head): begin(head)
        case .body(let piece) where refusal != nil:
          refusal?.body.append(contentsOf: piece.readableBytesView.prefix(1 << 16))
          if let refusal, refusal.body.count >= 1 << 16 { throw error(of: refusal) }
        case .body(let piece):
          pause = nil
          for item in parser.parse(piece.readableBytesView) { pending.append(Self.element(item)) }
        case .end: throw refusal.map(error(of:)) ?? APIError.ended(follower.address)
        }
      }
    }

    private mutating func begin(_ head: HTTPResponseHead) {
      let isStream =
        head.headers.first(name: "Content-Type")?.hasPrefix("text/event-stream") ?? false
      guard head.status == .ok, isStream else {
        refusal = Refusal(status: Int(head.status.code))
        return
      }
      pending.append(.connected(isAgain: wasConnected))
      wasConnected = true
      isAway = false
    }

    private func error(of refusal: Refusal) -> APIError {
      APIError.refused(
        follower.address, status: refusal.status,
        problem: ProblemDetails(refusal.body))
    }

    private static func element(_ item: EventStreamParser.Item) -> Element {
      guard case .message(let message) = item else {
        return .lost(1, data: #"{"count":1,"type":"lost"}"#)
      }
      let notice = try? JSONDecoder().decode(Notice.self, from: Data(message.data.utf8))
      switch message.type {
      case "gap":
        return .gap(
          EventGapNotice(reason: notice?.reason ?? "unknown", lost: notice?.lost),
          data: message.data)
      // An event of this name has an id: events that are missing in the history.
      case "lost" where notice?.id == nil: return .lost(notice?.count ?? 0, data: message.data)
      default: return .event(message)
      }
    }
  }

  private struct Refusal: Sendable {
    var status: Int
    var body = Data()
  }

  private struct Notice: Decodable {
    var id: String?
    var reason: String?
    var lost: Int?
    var count: Int?
  }
}

/// Why a stream does not begin where it ended.
public struct EventGapNotice: Sendable, Hashable {
  /// `expired`, `restarted`, or `unknown`.
  public var reason: String
  /// How many events are missing, where that is known.
  public var lost: Int?

  /// The same in words.
  public var text: String {
    switch reason {
    case "restarted": "the gateway was restarted; what happened before that is not told"
    case "expired":
      (lost.map { "\($0) events" } ?? "events")
        + " are missing here: the gateway no longer has them"
    default: "events may be missing here: the gateway does not know the last one that was seen"
    }
  }
}
