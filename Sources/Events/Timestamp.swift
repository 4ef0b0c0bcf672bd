/// A time in text: RFC 3339 in UTC with milliseconds, such as `2026-11-22T17:00:00.123Z`.
public enum Timestamp {
  /// - Parameter time: milliseconds since 1970; held within the years 0 to 9999, which the form has.
  public static func text(_ time: Int64) -> String {
    let time = min(max(time, -62_167_219_200_000), 253_402_300_799_999)
    let (days, inDay) = floorDivision(time, 86_400_000)
    let (year, month, day) = date(days: days)
    var text: [UInt8] = []
    text.reserveCapacity(24)
    func write(_ number: Int64, width: Int, then end: Character) {
      var scale: Int64 = 1
      for _ in 1..<width { scale *= 10 }
      while scale > 0 {
        text.append(UInt8(ascii: "0") + UInt8(number / scale % 10))
        scale /= 10
      }
      text.append(contentsOf: end.utf8)
    }
    write(year, width: 4, then: "-")
    write(month, width: 2, then: "-")
    write(day, width: 2, then: "T")
    write(inDay / 3_600_000, width: 2, then: ":")
    write(inDay / 60_000 % 60, width: 2, then: ":")
    write(inDay / 1000 % 60, width: 2, then: ".")
    write(inDay % 1000, width: 3, then: "Z")
    return String(decoding: text, as: UTF8.self)
  }

  /// The Gregorian date so many days after 1970-01-01, by Hinnant's `civil_from_days`.
  private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    // Years that begin in March end in the leap day, and 400 of them have 146,097 days.
    let (era, dayOfEra) = floorDivision(days + 719_468, 146_097)
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let fromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * fromMarch + 2) / 5 + 1
    let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  private static func floorDivision(_ number: Int64, _ by: Int64) -> (Int64, Int64) {
    let rest = number % by
    return rest < 0 ? (number / by - 1, rest + by) : (number / by, rest)
  }
}
