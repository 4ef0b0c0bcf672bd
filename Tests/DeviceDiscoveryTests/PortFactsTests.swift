import Testing

@testable import DeviceDiscovery

/// A board as sysfs and udev tell of it.
func board(
  _ node: String = "/dev/ttyACM0", inode: UInt64 = 7, attributes: [String: String] = [:],
  properties: [String: String] = [:]
) -> PortFacts {
  var facts = PortFacts()
  facts.node = Array(node.utf8)
  facts.sysPath = Array(
    "/sys/devices/usb1/1-3/1-3:1.0/tty/\(node.split(separator: "/").last ?? "")".utf8)
  facts.inode = inode
  facts.usbPort = Array("1-3".utf8)
  facts.driver = Array("cdc_acm".utf8)
  facts.attributes = attributes.mapValues { Array($0.utf8) }
  facts.properties = properties.mapValues { Array($0.utf8) }
  return facts
}

@Suite struct PortFactsTests {
  static let sysfs = [
    "idVendor": "2e8a", "idProduct": "0005", "serial": "e661", "manufacturer": "MicroPython",
    "product": "Board in FS mode", "bInterfaceNumber": "02", "port_number": "3",
  ]
  static let udev = [
    "ID_VENDOR_ID": "1a86", "ID_MODEL_ID": "7523", "ID_SERIAL_SHORT": "from_udev",
    "ID_VENDOR_ENC": #"QinHeng\x20Electronics"#, "ID_MODEL_ENC": #"USB\x20Serial"#,
    "ID_USB_INTERFACE_NUM": "0a", "ID_USB_DRIVER": "ch341",
    "ID_PATH": "pci-0000:00:14.0-usb-0:3:1.0",
    "USEC_INITIALIZED": "12345",
  ]

  @Test func sysfsIsBelievedFirst() throws {
    let sighting = try #require(Sighting(board(attributes: Self.sysfs, properties: Self.udev)))
    #expect(
      sighting.device
        == Device(
          node: "/dev/ttyACM0", sysPath: "/sys/devices/usb1/1-3/1-3:1.0/tty/ttyACM0",
          generation: 7, vendorID: 0x2E8A, productID: 5, serialNumber: "e661",
          manufacturer: "MicroPython", product: "Board in FS mode", interfaceNumber: 2,
          portNumber: 3, usbPort: "1-3", busPath: "pci-0000:00:14.0-usb-0:3:1.0",
          driver: "cdc_acm"))
    #expect(sighting.initializedAt == 12345)
  }

  @Test func udevFillsWhatIsMissing() throws {
    var facts = board(properties: Self.udev)
    facts.driver = nil
    let device = try #require(Sighting(facts)).device
    #expect(device.vendorID == 0x1A86)
    #expect(device.productID == 0x7523)
    #expect(device.serialNumber == "from_udev")
    #expect(device.manufacturer == "QinHeng Electronics")
    #expect(device.product == "USB Serial")
    #expect(device.interfaceNumber == 10)
    #expect(device.driver == "ch341")
    #expect(device.portNumber == nil)
  }

  @Test func whatIsNoPortIsLeftOut() {
    var console = board()
    console.usbPort = nil
    #expect(Sighting(console) == nil)
    var place = console
    place.attributes["type"] = Array("0".utf8)
    #expect(Sighting(place) == nil)
    var uart = console
    uart.attributes["type"] = Array("4".utf8)
    #expect(Sighting(uart)?.device.isBuiltIn == true)
    #expect(Sighting(board())?.device.isBuiltIn == false)
  }

  @Test func aPortWithoutAUsablePathIsLeftOut() {
    #expect(Sighting(board("/etc/passwd")) == nil)
    #expect(Sighting(board("/dev/../etc/passwd")) == nil)
    var facts = board()
    facts.sysPath = nil
    #expect(Sighting(facts) == nil)
    facts = board()
    facts.node = [0x2F, 0xFF]
    #expect(Sighting(facts) == nil)
  }

  @Test func linksAreCheckedSortedAndBounded() throws {
    var facts = board()
    facts.links = [
      "/dev/serial/by-path/b", "/dev/serial/by-id/a", "/etc/a", "/dev/ttyACM0", "/dev/x\n",
    ]
    .map { Array($0.utf8) }
    #expect(
      try #require(Sighting(facts)).device.links == [
        "/dev/serial/by-id/a", "/dev/serial/by-path/b",
      ])
    facts.links = (0..<1000).map { Array("/dev/link\($0)".utf8) }
    #expect(try #require(Sighting(facts)).device.links.count == PortFacts.linkLimit)
  }

  /// Whatever the bytes are, the result keeps its bounds.
  @Test func anyBytesGiveABoundedDevice() {
    for _ in 0..<50 {
      let bytes = (0..<Int.random(in: 0..<6000)).map { _ in UInt8.random(in: 0...255) }
      var facts = board()
      for name in PortFacts.deviceAttributes + ["bInterfaceNumber", "port_number", "type"] {
        facts.attributes[name] = bytes
      }
      for name in PortFacts.propertyNames { facts.properties[name] = bytes }
      facts.links = [bytes, Array("/dev/".utf8) + bytes]
      guard let device = Sighting(facts)?.device else { continue }
      for text in [device.serialNumber, device.manufacturer, device.product].compactMap(\.self) {
        #expect(text.unicodeScalars.count <= UntrustedText.wordLimit)
      }
      #expect(device.links.allSatisfy { $0.utf8.count <= UntrustedText.byteLimit })
    }
  }
}
