/// What udev and sysfs say about one tty, as they say it: bounded, and otherwise unchecked.
struct PortFacts {
  /// The device node's path.
  var node: [UInt8]?
  /// The kernel's directory.
  var sysPath: [UInt8]?
  /// The inode number of that directory.
  var inode: UInt64 = 0
  /// The name of the USB device's directory; nil when no USB device is above the port.
  var usbPort: [UInt8]?
  /// The USB device's and interface's attributes, the adapter's `port_number`, and the UART's
  /// `type`, by name.
  var attributes: [String: [UInt8]] = [:]
  /// The driver of the nearest device above the port.
  var driver: [UInt8]?
  /// udev's properties, by name.
  var properties: [String: [UInt8]] = [:]
  /// Other names of the node.
  var links: [[UInt8]] = []

  /// The properties that are looked at.
  static let propertyNames = [
    "ID_VENDOR_ID", "ID_MODEL_ID", "ID_SERIAL_SHORT", "ID_VENDOR_ENC", "ID_MODEL_ENC",
    "ID_USB_INTERFACE_NUM", "ID_USB_DRIVER", "ID_PATH", "USEC_INITIALIZED",
  ]
  /// The attributes of the USB device.
  static let deviceAttributes = ["idVendor", "idProduct", "serial", "manufacturer", "product"]
  /// More links than this are left out.
  static let linkLimit = 64
}

/// A port as one look found it.
struct Sighting: Equatable {
  var device: Device
  /// When udevd first handled this device number's record, in microseconds of the monotonic
  /// clock; nil without udevd.
  var initializedAt: UInt64?
}

extension Sighting {
  /// Makes a device of what is known about a tty.
  ///
  /// sysfs comes first: it is what the kernel knows now, while udev's record may be missing
  /// (containers) or still be that of the board before (a fast replug). udev's serial number is
  /// moreover a spelling for file names.
  ///
  /// - Returns: nil for what is no serial port, or has no usable path.
  init?(_ facts: PortFacts) {
    guard let node = UntrustedText.path(facts.node, below: "/dev"),
      let sysPath = UntrustedText.path(facts.sysPath, below: "/sys")
    else { return nil }
    // The kernel keeps a row of ttyS for UARTs that may come; those that are not there have
    // type 0 (PORT_UNKNOWN in serial_core.h). No other tty has the attribute.
    let isUART = UntrustedText.decimal(facts.attributes["type"]).map { $0 != 0 } ?? false
    let isUSB = facts.usbPort != nil
    guard isUSB || isUART else { return nil }

    var device = Device(
      node: node, sysPath: sysPath, generation: facts.inode, isBuiltIn: !isUSB)
    let attributes = facts.attributes
    let properties = facts.properties
    if isUSB {
      device.vendorID = UntrustedText.hexadecimal(
        attributes["idVendor"] ?? properties["ID_VENDOR_ID"], digits: 4)
      device.productID = UntrustedText.hexadecimal(
        attributes["idProduct"] ?? properties["ID_MODEL_ID"], digits: 4)
      device.serialNumber = UntrustedText.words(
        attributes["serial"] ?? properties["ID_SERIAL_SHORT"])
      device.manufacturer = UntrustedText.words(
        attributes["manufacturer"] ?? UntrustedText.unescaped(properties["ID_VENDOR_ENC"]))
      device.product = UntrustedText.words(
        attributes["product"] ?? UntrustedText.unescaped(properties["ID_MODEL_ENC"]))
      device.interfaceNumber = UntrustedText.hexadecimal(
        attributes["bInterfaceNumber"] ?? properties["ID_USB_INTERFACE_NUM"], digits: 2
      ).map(Int.init)
      device.portNumber =
        UntrustedText.decimal(attributes["port_number"]).flatMap { $0 < 256 ? Int($0) : nil }
      device.usbPort = UntrustedText.name(facts.usbPort)
    }
    device.driver = UntrustedText.name(facts.driver ?? properties["ID_USB_DRIVER"])
    device.busPath = UntrustedText.name(properties["ID_PATH"])
    device.links = Set(
      facts.links.prefix(PortFacts.linkLimit).compactMap {
        UntrustedText.path($0, below: "/dev")
      }
    ).subtracting([node]).sorted()

    self.device = device
    initializedAt = UntrustedText.decimal(properties["USEC_INITIALIZED"])
  }
}
