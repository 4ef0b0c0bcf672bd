import Gateway

extension DeviceDescription {
  /// Vendor and product, and which port of a device that has more than one.
  var ids: String {
    guard let vendorID, let productID else { return "" }
    var text = vendorID + ":" + productID
    if let interface, interface > 1 { text += " if\(interface)" }
    if let port, port > 0 { text += " port\(port)" }
    return text
  }
}

/// A board as the list shows it; the members are among those of `GET /api/v1/boards`.
struct ListedBoard: Codable, Equatable {
  var name: String
  /// Nil when no gateway runs.
  var state: String?
  var reason: String?
  /// Where it is, or would be.
  var port: String?
}
