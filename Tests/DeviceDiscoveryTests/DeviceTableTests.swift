import Testing

@testable import DeviceDiscovery

/// A machine that is exact about what the kernel and udevd would say, and the table that looks.
private final class ModelMachine {
  var table = DeviceTable()
  private(set) var kernel: [String: UInt64] = [:]
  private(set) var records: [String: UInt64] = [:]
  private var nextInode: UInt64 = 100
  private var clock: UInt64 = 1
  /// What udevd has still to do.
  private var pending: [(action: String, node: String)] = []

  func plug(_ node: String) {
    nextInode += 1
    kernel[node] = nextInode
    pending.append(("add", node))
  }

  func unplug(_ node: String) {
    kernel[node] = nil
    pending.append(("remove", node))
  }

  /// udevd handles the next event; gives what it sends.
  func handleNext() -> DeviceTable.Event? {
    guard !pending.isEmpty else { return nil }
    let (action, node) = pending.removeFirst()
    clock += 1
    records[node] = action == "add" ? clock : nil
    return DeviceTable.Event(action: action, sysPath: Self.sysPath(node))
  }

  func handleAll() -> [DeviceTable.Event] {
    var events: [DeviceTable.Event] = []
    while let event = handleNext() { events.append(event) }
    return events
  }

  /// What a look finds: ports with a record.
  var look: [Sighting] {
    kernel.compactMap { node, inode in
      records[node].map {
        Sighting(
          device: Device(node: node, sysPath: Self.sysPath(node), generation: inode),
          initializedAt: $0)
      }
    }
  }

  /// Notes the events, and looks: at the machine, or at what else is given.
  func take(_ events: [DeviceTable.Event] = [], _ found: [Sighting]? = nil) -> [Device]? {
    for event in events { table.note(event) }
    return table.reconcile(found ?? look)
  }

  private static func sysPath(_ node: String) -> String { "/sys/devices/" + node }
}

@Suite struct DeviceTableTests {
  private let machine = ModelMachine()

  @Test func theFirstLookIsAlwaysTold() {
    #expect(machine.take() == [])
    #expect(machine.take() == nil)
  }

  @Test func aSnapshotIsOrderedByNode() {
    for number in [10, 2, 0, 1] { machine.plug("/dev/ttyACM\(number)") }
    let devices = machine.take(machine.handleAll())
    #expect(devices?.map(\.node) == [0, 1, 2, 10].map { "/dev/ttyACM\($0)" })
    #expect(machine.table.devices == devices)
  }

  @Test func eventsThatChangeNothingAreNotTold() {
    machine.plug("/dev/ttyACM0")
    #expect(machine.take(machine.handleAll())?.count == 1)
    for action in ["change", "bind", "add", "remove", "unheard-of"] {
      machine.table.note(DeviceTable.Event(action: action, sysPath: "/sys/devices//dev/ttyACM0"))
      #expect(machine.take() == nil)
    }
  }

  @Test func aReplugBetweenTwoLooksIsAnotherGeneration() throws {
    machine.plug("/dev/ttyACM0")
    let before = try #require(machine.take(machine.handleAll()))
    machine.unplug("/dev/ttyACM0")
    machine.plug("/dev/ttyACM0")
    let after = try #require(machine.take(machine.handleAll()))
    #expect(before.map(\.node) == after.map(\.node))
    #expect(before.map(\.generation) != after.map(\.generation))
  }

  @Test func aLateRemoveDropsNothing() throws {
    machine.plug("/dev/ttyACM0")
    _ = machine.take(machine.handleAll())
    machine.unplug("/dev/ttyACM0")
    machine.plug("/dev/ttyACM0")
    let events = machine.handleAll()
    let after = try #require(machine.take())
    #expect(after.count == 1)
    for event in events {
      #expect(machine.take([event]) == nil)
    }
  }

  @Test func aChangeOfPropertiesIsTold() throws {
    machine.plug("/dev/ttyACM0")
    _ = machine.take(machine.handleAll())
    var look = machine.look
    look[0].device.links = ["/dev/serial/by-id/x"]
    let after = try #require(machine.take([], look))
    #expect(after[0].links == ["/dev/serial/by-id/x"])
    #expect(after[0].generation == machine.kernel["/dev/ttyACM0"])
  }

  @Test func aPortWithTheRecordOfAnotherWaits() {
    machine.plug("/dev/ttyACM0")
    _ = machine.take(machine.handleAll())
    machine.unplug("/dev/ttyACM0")
    machine.plug("/dev/ttyACM0")
    // The kernel is done, udevd has not begun.
    #expect(machine.take() == [])
    #expect(machine.take() == nil)
    let removal = machine.handleNext().map { [$0] } ?? []
    #expect(machine.take(removal) == nil)
    let addition = machine.handleNext().map { [$0] } ?? []
    #expect(machine.take(addition)?.count == 1)
  }

  /// udevd may keep the old stamp, when it was not there to see the port go.
  @Test func aPortNeverWaitsLongerThanForUdevd() {
    machine.plug("/dev/ttyACM0")
    _ = machine.take(machine.handleAll())
    machine.unplug("/dev/ttyACM0")
    machine.plug("/dev/ttyACM0")
    let stale = machine.look
    #expect(machine.take([], stale) == [])
    let addition = DeviceTable.Event(action: "add", sysPath: stale[0].device.sysPath)
    #expect(machine.take([addition], stale)?.count == 1)
    #expect(machine.take([], stale) == nil)
  }

  @Test func afterALossNoPortWaits() {
    machine.plug("/dev/ttyACM0")
    _ = machine.take(machine.handleAll())
    machine.unplug("/dev/ttyACM0")
    machine.plug("/dev/ttyACM0")
    #expect(machine.take() == [])
    machine.table.noteLoss()
    #expect(machine.take()?.count == 1)
  }

  /// Storms of 200 events, looked at in the middle, with udevd behind by any amount: no snapshot
  /// tells of a port that is not there, and the last one is true.
  @Test(arguments: 0..<100 as Range<UInt64>) func storm(seed: UInt64) {
    var random = Generator(state: seed)
    let nodes = (0..<4).map { "/dev/ttyACM\($0)" }
    var isLossy = false
    for _ in 0..<200 {
      let node = nodes[Int.random(in: 0..<4, using: &random)]
      if machine.kernel[node] == nil { machine.plug(node) } else { machine.unplug(node) }
      for _ in 0..<Int.random(in: 0..<3, using: &random) {
        guard let event = machine.handleNext() else { break }
        if Int.random(in: 0..<20, using: &random) == 0 {
          isLossy = true
        } else {
          machine.table.note(event)
        }
      }
      guard Bool.random(using: &random) else { continue }
      if isLossy { machine.table.noteLoss() }
      isLossy = false
      let snapshot = machine.take() ?? machine.table.devices ?? []
      for device in snapshot { #expect(machine.kernel[device.node] == device.generation) }
    }
    _ = machine.take(machine.handleAll())
    let told = (machine.table.devices ?? []).map { [$0.node: $0.generation] }
    let truth = machine.kernel.sorted { $0.key < $1.key }.map { [$0.key: $0.value] }
    #expect(told == truth)
  }
}

/// SplitMix64: the same storm for the same seed.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
