import HTTPTypes

/// Header fields that the HTTP library has no names for.
extension HTTPField.Name {
  /// RFC 7240.
  static let prefer = named("Prefer")
  static let preferenceApplied = named("Preference-Applied")
  /// What an EventSource sends when it comes again.
  static let lastEventID = named("Last-Event-ID")

  /// By this a handler offers its stream of events to all clients of the same URL.
  static let boardwalkShare = named("Boardwalk-Share")

  private static func named(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else {
      preconditionFailure("\(text) is no name of a header field")
    }
    return name
  }
}
