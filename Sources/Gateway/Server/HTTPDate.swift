import Glibc
import NIOHTTP1
import Synchronization

/// The Date field (RFC 9110, 5.6.7), made once a second.
final class HTTPDate: Sendable {
  private let latest = Mutex((second: time_t(0), text: ""))

  /// Adds the field to a response that has none.
  func stamp(_ fields: inout HTTPHeaders) {
    if !fields.contains(name: "Date") { fields.add(name: "Date", value: now) }
  }

  private var now: String {
    let current = time(nil)
    return latest.withLock { latest in
      if current != latest.second {
        latest = (current, Self.format(current))
      }
      return latest.text
    }
  }

  private static func format(_ instant: time_t) -> String {
    var instant = instant
    var parts = tm()
    gmtime_r(&instant, &parts)
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    func two(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) "
      + "\(parts.tm_year + 1900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
  }
}
