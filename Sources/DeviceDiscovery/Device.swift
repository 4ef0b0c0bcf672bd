/// A serial port that is plugged in, or built in.
///
/// Two values are equal when they are the same plug of the same port with the same properties.
/// Texts come from whatever is plugged in: they are bounded, valid UTF-8 and free of control and
/// formatting characters, but they are not to be trusted.
public struct Device: Sendable, Hashable {
  /// Where the port is opened, such as `/dev/ttyACM0`. Another board may have it after a replug.
  public var node: String
  /// The kernel's directory of the port, below `/sys`.
  public var sysPath: String
  /// Tells one plug from the next: another number after each plug, even at the same path.
  ///
  /// For equality only, until the machine's next start. It is the inode number of `sysPath`, which
  /// kernfs does not give twice, so that two programs, or two looks, agree on it.
  public var generation: UInt64

  /// USB idVendor; nil for a built-in port.
  public var vendorID: UInt16?
  /// USB idProduct; nil for a built-in port.
  public var productID: UInt16?
  /// The USB device's serial number, which many cheap adapters lack; at most 126 characters.
  public var serialNumber: String?
  /// The USB device's own words for its maker, at most 126 characters.
  public var manufacturer: String?
  /// The USB device's own words for itself, at most 126 characters.
  public var product: String?
  /// USB bInterfaceNumber, which tells the ports of one board apart.
  public var interfaceNumber: Int?
  /// The port of a usb-serial adapter, counted from 0; nil for CDC-ACM.
  public var portNumber: Int?
  /// The USB socket as the kernel names it, such as `1-3.2`: bus, then the hubs' ports.
  public var usbPort: String?
  /// The socket as udev names it (ID_PATH), which outlives a restart; nil without udevd.
  public var busPath: String?
  /// The driver's name, such as `cdc_acm`, `ch341` or `ftdi_sio`.
  public var driver: String?
  /// Other names of the node, sorted: `/dev/serial/by-id/…`, `/dev/serial/by-path/…`, and those of
  /// the machine's own rules. At most 64.
  public var links: [String]
  /// Whether this is a UART of the machine itself rather than something on USB.
  ///
  /// The machine's console may be on it, or soldered-on hardware: take it only when the user
  /// names it.
  public var isBuiltIn: Bool

  public init(
    node: String, sysPath: String, generation: UInt64, vendorID: UInt16? = nil,
    productID: UInt16? = nil, serialNumber: String? = nil, manufacturer: String? = nil,
    product: String? = nil, interfaceNumber: Int? = nil, portNumber: Int? = nil,
    usbPort: String? = nil, busPath: String? = nil, driver: String? = nil, links: [String] = [],
    isBuiltIn: Bool = false
  ) {
    self.node = node
    self.sysPath = sysPath
    self.generation = generation
    self.vendorID = vendorID
    self.productID = productID
    self.serialNumber = serialNumber
    self.manufacturer = manufacturer
    self.product = product
    self.interfaceNumber = interfaceNumber
    self.portNumber = portNumber
    self.usbPort = usbPort
    self.busPath = busPath
    self.driver = driver
    self.links = links
    self.isBuiltIn = isBuiltIn
  }
}
