import Foundation

/// An event as people read it in a terminal: time, board, type, and what happened.
struct EventLine {
  private let event: Fields
  /// The event's JSON text, for types that this program does not know.
  private let data: String

  /// What events of any type have, as the API gives it.
  private struct Fields: Decodable {
    var time: String?
    var board: String?
    var type: String
    var node: String?
    var vendorID: String?
    var productID: String?
    var serialNumber: String?
    var product: String?
    var state: String?
    var reason: String?
    var line: String?
    var name: String?
    var data: String?
    var traceback: String?
    var method: String?
    var path: String?
    var status: Int?
    var durationMicroseconds: Int?
    var count: Int?
  }

  /// - Parameter data: the event's JSON text.
  /// - Returns: nil for what is no event.
  init?(_ data: String) {
    guard let event = try? JSONDecoder().decode(Fields.self, from: Data(data.utf8)) else {
      return nil
    }
    self.event = event
    self.data = data
  }

  /// Most columns that a board's name is padded to; few have longer ones.
  private static let nameLimit = 32

  /// The text: one line, and a traceback's lines indented below it.
  ///
  /// - Parameter width: of the column of boards, which grows with the names that come.
  func text(width: inout Int, style: TextStyle) -> String {
    let board = Printable.text(event.board ?? "-")
    width = max(width, min(board.count, Self.nameLimit))
    let line =
      style.faint(ClockText.local(event.time)) + "  " + board.padded(to: width) + "  "
      + style.coloured(Printable.text(event.type).padded(to: 9), as: event.type) + "  " + what
    let below = (event.traceback ?? "").split(whereSeparator: \.isNewline).map {
      "\n      " + Printable.text(String($0))
    }
    return line + below.joined()
  }

  private var what: String {
    let parts: [String?]
    switch event.type {
    case "attached", "detached":
      let ids = event.vendorID.map { $0 + ":" + (event.productID ?? "") }
      parts = [event.node, ids, event.product, event.serialNumber]
    case "state": parts = [event.state.map { $0 + (event.reason.map { ": " + $0 } ?? "") }]
    case "console": parts = [event.line]
    case "emit": parts = [event.name.map { $0 + ": " + (event.data ?? "") }]
    case "exception":
      parts = [event.method, event.path, event.method == nil ? "outside any request" : nil]
    case "reset": parts = [event.reason]
    case "request":
      let time = event.durationMicroseconds.map { Self.milliseconds($0) + " ms" }
      parts = [event.method, event.path, event.status.map { "\($0)" }, time]
    case "lost":
      parts = [event.count.map { "\($0) events are missing in the history" }]
    default: parts = [data]
    }
    return Printable.text(parts.compactMap { $0 }.joined(separator: " "))
  }

  /// One decimal.
  private static func milliseconds(_ microseconds: Int) -> String {
    // Whatever number a gateway sends.
    let tenths = max(0, microseconds / 50 + 1) / 2
    return "\(tenths / 10).\(tenths % 10)"
  }
}

/// Times of day as people read them.
enum ClockText {
  /// - Parameter text: RFC 3339, as the API gives it; now without one.
  /// - Returns: the local time with milliseconds, such as `18:03:11.123`.
  static func local(_ text: String?) -> String {
    let parsed = text.flatMap {
      try? Date($0, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
    let milliseconds = Int64(((parsed ?? Date()).timeIntervalSince1970 * 1000).rounded())
    var seconds = time_t(milliseconds / 1000)
    var parts = tm()
    localtime_r(&seconds, &parts)
    func digits(_ number: Int, _ width: Int) -> String {
      let text = "\(number)"
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    return [parts.tm_hour, parts.tm_min, parts.tm_sec].map { digits(Int($0), 2) }
      .joined(separator: ":") + "." + digits(Int(milliseconds % 1000), 3)
  }
}
