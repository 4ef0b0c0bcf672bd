public import Boards
public import DeviceDiscovery

/// A device as `GET /api/v1/devices` shows it.
public struct DeviceDescription: Codable, Equatable, Sendable {
  public var node: String
  /// Four hexadecimal digits each; nil for a UART of the machine itself.
  public var vendorID: String?
  public var productID: String?
  public var serialNumber: String?
  public var manufacturer: String?
  public var product: String?
  public var interface: Int?
  public var port: Int?
  public var socket: String?
  public var driver: String?
  public var links: [String]
  /// The board that it is, or would be.
  public var board: String?
  /// What claims it; nil when nothing does, and it stays closed.
  public var claim: String?
  /// Why it stays closed though claims mean it.
  public var conflict: String?

  /// As the machine sees it, without claims.
  public init(_ device: Device) {
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

  public init(_ claimed: ClaimedDevice) {
    self.init(claimed.device)
    board = claimed.board
    claim = claimed.claim
    conflict = claimed.conflict
  }
}

/// `GET /api/v1/devices`.
struct DeviceList: Encodable {
  let devices: [DeviceDescription]
}
