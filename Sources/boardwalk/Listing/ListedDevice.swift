import Boards
import DeviceDiscovery

/// A device as the list shows it; the members are those of `GET /api/v1/devices`.
struct ListedDevice: Codable, Equatable {
  var node: String
  var vendorID: String?
  var productID: String?
  var serialNumber: String?
  var manufacturer: String?
  var product: String?
  var interface: Int?
  var port: Int?
  var socket: String?
  var driver: String?
  var links: [String]
  /// The board that it is, or would be.
  var board: String?
  var claim: String?
  var conflict: String?

  /// As this machine sees it.
  init(_ device: Device) {
    node = device.node
    vendorID = device.vendorID.map(hex)
    productID = device.productID.map(hex)
    serialNumber = device.serialNumber
    manufacturer = device.manufacturer
    product = device.product
    interface = device.interfaceNumber
    port = device.portNumber
    socket = device.busPath ?? device.usbPort
    driver = device.driver
    links = device.links
  }

  /// As this machine sees it, with what settings make of it.
  init(_ claimed: ClaimedDevice) {
    self.init(claimed.device)
    board = claimed.board
    claim = claimed.claim
    conflict = claimed.conflict
  }

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
