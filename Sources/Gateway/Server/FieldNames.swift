import HTTPTypes

/// Header fields that the HTTP library has no names for.
extension HTTPField.Name {
  /// RFC 7240.
  static let prefer = named("Prefer")
  /// What an EventSource sends when it comes again.
  static let lastEventID = named("Last-Event-ID")

  private static func named(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else {
      preconditionFailure("\(text) is no name of a header field")
    }
    return name
  }
}
