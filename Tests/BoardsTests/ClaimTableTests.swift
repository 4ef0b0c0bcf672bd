import Boards
import DeviceDiscovery
import Testing

/// Who gets which device.
@Suite struct ClaimTableTests {
  static func device(
    _ node: String, _ vendor: UInt16? = 0x2e8a, _ product: UInt16? = 0x0005,
    serial: String? = nil, interface: Int? = 0, port: Int? = nil, socket: String? = nil,
    generation: UInt64 = 1, builtIn: Bool = false
  ) -> Device {
    Device(
      node: node, sysPath: "/sys/x\(node)", generation: generation, vendorID: vendor,
      productID: product, serialNumber: serial, product: "Board in FS mode",
      interfaceNumber: interface, portNumber: port, usbPort: socket,
      links: ["/dev/serial/by-id/usb-\(serial ?? "none")"], isBuiltIn: builtIn)
  }

  static func claim(_ argument: String) throws -> Claim {
    guard case .claim(let claim) = try BoardConfiguration(argument: argument) else {
      throw BoardConfigurationError("\(argument) is no claim")
    }
    return claim
  }

  @Test func onlyMicroPythonsOwnIDsAreClaimedByDefault() {
    let table = ClaimTable(claims: [])
    let claimed: [(UInt16, UInt16)] = [(0x2e8a, 0x0005), (0xf055, 0x9800), (0xf055, 0x980f)]
    let others: [(UInt16, UInt16)] = [
      (0x2e8a, 0x000a), (0xf055, 0x97ff), (0xf055, 0x9810), (0x10c4, 0xea60), (0x1a86, 0x7523),
      (0x0403, 0x6001), (0x303a, 0x4001),
    ]
    for (vendor, product) in claimed {
      let plan = table.plan(devices: [Self.device("/dev/a", vendor, product)])
      #expect(plan.assignments.count == 1)
    }
    for (vendor, product) in others {
      let plan = table.plan(devices: [Self.device("/dev/a", vendor, product)])
      #expect(plan.assignments.isEmpty && plan.conflicts.isEmpty, "\(hex(vendor)):\(hex(product))")
    }
  }

  @Test func builtInPortsAreTakenByPathOnly() throws {
    let uart = Self.device("/dev/ttyAMA0", nil, nil, interface: nil, builtIn: true)
    let table = ClaimTable(claims: [
      Claim(name: "hat", match: DeviceMatch(path: "/dev/ttyAMA0"))
    ])
    #expect(table.plan(devices: [uart]).assignments["hat"]?.device == uart)
    let vague = ClaimTable(claims: [Claim(name: "any", match: DeviceMatch())])
    #expect(vague.plan(devices: [uart]).assignments.isEmpty)
  }

  @Test func theUsersClaimGoesBeforeTheDefault() throws {
    let table = ClaimTable(claims: [try Self.claim("pico=serial:E66")])
    let plan = table.plan(devices: [Self.device("/dev/ttyACM0", serial: "E66")])
    #expect(plan.assignments.keys.sorted() == ["pico"])
  }

  @Test func eachWayOfNaming() throws {
    let device = Self.device(
      "/dev/ttyUSB3", 0x0403, 0x6001, serial: "A5", interface: 2, port: 1, socket: "1-3.2")
    let yes = [
      "a=usb:0403", "a=usb:0403:6001", "a=serial:A5", "a=socket:1-3.2",
      "a=usb:0403,interface=2", "a=usb:0403:6001,port=1,serial=A5",
    ]
    let no = [
      "a=usb:0404", "a=usb:0403:6002", "a=serial:A6", "a=socket:1-3", "a=usb:0403,interface=0",
      "a=usb:0403,port=0",
    ]
    for argument in yes { #expect(try Self.claim(argument).match.matches(device), "\(argument)") }
    for argument in no { #expect(try !Self.claim(argument).match.matches(device), "\(argument)") }
  }

  @Test func oneDeviceAndTwoClaims() throws {
    let table = ClaimTable(claims: [
      try Self.claim("one=serial:E66"), try Self.claim("two=usb:2e8a:0005"),
    ])
    let plan = table.plan(devices: [Self.device("/dev/ttyACM0", serial: "E66")])
    #expect(plan.assignments.isEmpty)
    #expect(plan.conflicts["/dev/ttyACM0"]?.contains("one and two") == true)
    #expect(plan.boardConflicts.keys.sorted() == ["one", "two"])
  }

  @Test func twoDevicesAndOneClaim() throws {
    let table = ClaimTable(claims: [try Self.claim("pico=usb:2e8a:0005")])
    let first = Self.device("/dev/ttyACM0", serial: "A", generation: 7)
    let second = Self.device("/dev/ttyACM1", serial: "B", generation: 8)
    var plan = table.plan(devices: [second, first])
    #expect(plan.assignments.isEmpty)
    #expect(plan.conflicts.keys.sorted() == ["/dev/ttyACM0", "/dev/ttyACM1"])
    #expect(plan.boardConflicts["pico"] != nil)
    // Whoever serves already goes on.
    plan = table.plan(devices: [second, first], current: ["pico": 8])
    #expect(plan.assignments["pico"]?.device == second)
    #expect(plan.conflicts.keys.sorted() == ["/dev/ttyACM0"])
    #expect(plan.boardConflicts.isEmpty)
  }

  @Test func aLinkOfTheUsersOwnClaimsWhatIsBehindIt() {
    let table = ClaimTable(claims: [Claim(name: "x", match: DeviceMatch(path: "/run/my-board"))])
    let device = Self.device("/dev/ttyACM0", serial: "E66")
    let plan = table.plan(devices: [device], links: ["/run/my-board": "/dev/ttyACM0"])
    #expect(plan.assignments["x"]?.device == device)
  }

  @Test func aMadeNameThatTheConfigurationHasIsAConflict() throws {
    let table = ClaimTable(claims: [
      Claim(name: "board-in-fs-mode-e66", match: DeviceMatch(path: "/run/elsewhere"))
    ])
    let plan = table.plan(devices: [Self.device("/dev/ttyACM0", serial: "E66")])
    #expect(plan.assignments.isEmpty && plan.conflicts.keys.sorted() == ["/dev/ttyACM0"])
  }

  @Test func unnamedClaimsTakeAnyNumber() throws {
    let table = ClaimTable(claims: [try Self.claim("*=usb:1a86:7523,baud=921600")])
    let devices = ["1-1", "1-2"].map { (socket: String) in
      Self.device("/dev/ttyUSB\(socket)", 0x1a86, 0x7523, socket: socket)
    }
    let plan = table.plan(devices: devices)
    #expect(
      plan.assignments.keys.sorted() == ["board-in-fs-mode-1-1", "board-in-fs-mode-1-2"])
    #expect(plan.assignments.values.allSatisfy { $0.claim.options.lineRate == 92160 })
  }

  // MARK: Names

  @Test func namesAreMadeOfProductAndSerialNumber() throws {
    let made = BoardName.made(for: Self.device("/dev/ttyACM0", serial: "e6614103E7452D2F"))
    #expect(made == "board-in-fs-mode-e6614103e7452d2f")
    #expect(made == BoardName.made(for: Self.device("/dev/ttyACM9", serial: "e6614103E7452D2F")))
  }

  @Test func secondPortsHaveOtherNames() {
    let names = [0, 2].map {
      BoardName.made(for: Self.device("/dev/a", serial: "E", interface: $0))
    }
    #expect(names == ["board-in-fs-mode-e", "board-in-fs-mode-e-if2"])
  }

  @Test(arguments: [
    "", "---", "☃☃☃", "Ünïcode Ltd.", String(repeating: "x", count: 200), "a\u{0}b",
    "../../etc",
  ])
  func hostileTextsMakeNamesThatCanStandInURLs(_ text: String) throws {
    var device = Self.device("/dev/ttyACM0", serial: text, interface: 255, port: 255)
    device.product = text
    try BoardName.check(BoardName.made(for: device))
  }

  @Test(arguments: [
    "pico", "=x", "Pico=/dev/x", "a=", "a=usb:1", "a=usb:00zz", "a=usb:1234:12345", "a=serial:",
    "a=/dev/x,baud=fast", "a=/dev/x,baud=0", "a=/dev/x,speed=9", "a=/dev/x,lines=no",
    "a=/dev/x,baud",
    "*=/dev/x", "a=usb:1234,interface=-1", "a=usb:1234,interface=999", "a=/dev/x,flow=yes",
  ])
  func wrongArgumentsAreToldSo(_ argument: String) {
    #expect(throws: BoardConfigurationError.self) { try BoardConfiguration(argument: argument) }
  }
}
