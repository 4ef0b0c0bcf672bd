import Boards
import EventHistory
import Events
import FoundationEssentials
import HTTPTypes
import NIOCore

/// `GET /api/v1/events/history`: what happened before, in pages.
struct HistoryAPI {
  let history: EventHistory?

  /// - Throws: ``Problem``.
  func page(_ query: QueryString) async throws(Problem) -> Reply {
    guard let history else {
      throw .historyOff("The gateway keeps no history; start it without --no-history.")
    }
    let wanted = try Self.read(query)
    do {
      return Self.reply(try await history.page(wanted))
    } catch let error as HistoryError where error.code == .badCursor {
      throw .badQuery("after= is no place in this history; take `next` of a page of it")
    } catch {
      throw .historyOff("\(error)")
    }
  }

  /// How it fares, in a word or with the reason; nil when there is none.
  func state() async -> String? {
    guard let history else { return nil }
    return switch await history.status.state {
    case .opening: "opening"
    case .recording: "recording"
    case .off(let reason): "off: \(reason)"
    case .closed: "closed"
    }
  }

  // MARK: Reading the query

  private static let known = ["type", "board", "since", "until", "limit", "after", "order"]

  private static func read(_ query: QueryString) throws(Problem) -> HistoryQuery {
    try query.allow(known)
    var wanted = HistoryQuery()
    do throws(EventFilterError) {
      wanted.filter = try EventFilter(
        boardValues: query[all: "board"], typeValues: query[all: "type"])
    } catch {
      throw .badQuery(error.description)
    }
    wanted.since = try time("since", query)
    wanted.until = try time("until", query)
    if let text = query["limit"] {
      guard let limit = Int(text), (1...1000).contains(limit) else {
        throw .badQuery("limit=\(text) must be 1 to 1000")
      }
      wanted.limit = limit
    }
    switch query["order"] {
    case nil, "newest": wanted.order = .newestFirst
    case "oldest": wanted.order = .oldestFirst
    case let text?: throw .badQuery("order=\(text) is none; there are newest and oldest")
    }
    if let text = query["after"] {
      guard let cursor = HistoryCursor(text) else {
        throw .badQuery("after=\(text) is no place in a history; take `next` of a page")
      }
      wanted.after = cursor
    }
    return wanted
  }

  /// Reads a time of day (ISO 8601), milliseconds since 1970, or how long ago (`10m`).
  private static func time(_ name: String, _ query: QueryString) throws(Problem) -> Int64? {
    guard let text = query[name] else { return nil }
    if let milliseconds = Int64(text) { return milliseconds }
    if let ago = Duration(text: text) {
      return WallClock.now - Int64(ago / .milliseconds(1))
    }
    let styles = [
      Date.ISO8601FormatStyle(includingFractionalSeconds: false),
      Date.ISO8601FormatStyle(includingFractionalSeconds: true),
    ]
    for style in styles {
      if let date = try? Date(text, strategy: style) {
        return Int64((date.timeIntervalSince1970 * 1000).rounded())
      }
    }
    throw .badQuery(
      "\(name)=\(text) is no time; write 2026-11-22T17:00:00Z, milliseconds since 1970, or how "
        + "long ago, such as 10m")
  }

  // MARK: The answer

  /// The events are the JSON that subscribers got, as it is.
  private static func reply(_ page: HistoryPage) -> Reply {
    var body = ByteBuffer(string: "{\"events\":[")
    for (index, event) in page.events.enumerated() {
      if index > 0 { body.writeString(",") }
      body.writeString(event.json)
    }
    body.writeString("],\"more\":\(page.hasMore)")
    if let next = page.next { body.writeString(",\"next\":\"\(next)\"") }
    body.writeString("}\n")
    return Reply(status: .ok, contentType: "application/json", body: body)
  }
}
