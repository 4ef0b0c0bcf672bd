import Boards
import DeviceDiscovery

/// A device as `GET /api/v1/devices` shows it.
struct DeviceDescription: Encodable {
  let node: String
  /// Four hexadecimal digits each; nil for a UART of the machine itself.
  let vendorID: String?
  let productID: String?
  let serialNumber: String?
  let manufacturer: String?
  let product: String?
  let interface: Int?
  let port: Int?
  let socket: String?
  let driver: String?
  let links: [String]
  /// The board that it is.
  let board: String?
  /// What claims it; nil when nothing does, and it stays closed.
  let claim: String?
  /// Why it stays closed though claims mean it.
  let conflict: String?

  init(_ claimed: ClaimedDevice) {
    let device = claimed.device
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
    board = claimed.board
    claim = claimed.claim
    conflict = claimed.conflict
  }
}

/// `GET /api/v1/devices`.
struct DeviceList: Encodable {
  let devices: [DeviceDescription]
}
