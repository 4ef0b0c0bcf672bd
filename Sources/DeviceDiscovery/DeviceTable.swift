/// Turns looks at all ports into the snapshots that are worth telling.
///
/// Whatever the events were, and however many of them were lost, the next look decides: what it
/// found is there, and the rest is not. Events are needed to know when to look, and for one case
/// that a look alone gets wrong. udev keeps its record by device number, and writes it some
/// milliseconds after the kernel made the port. In a fast replug a look can find the new port
/// with the record of the one before, whose rules (permissions, links) have not run for the
/// new one. Such a port waits until udevd speaks of it:
///
///     kernel:  port A ─ gone ── port B ────────────────────────
///     udevd:   record of A ───────────── remove ── add, record of B
///     looks:   A                   (B waits)          B
struct DeviceTable {
  /// What udevd, or the kernel, said about one port.
  struct Event: Equatable {
    /// `add`, `remove`, `change`, `bind` or another word of theirs.
    var action: String
    var sysPath: String
  }

  private struct Record {
    var generation: UInt64
    var initializedAt: UInt64?
  }

  /// The last snapshot; nil before the first look.
  private(set) var devices: [Device]?
  /// The last port that was told, by node; also of nodes that are gone. As many as the machine
  /// ever had nodes, whose numbers the kernel uses again.
  private var records: [String: Record] = [:]
  /// The ports that udevd has handled since the last look.
  private var handled: Set<String> = []

  /// Takes note of an event. A look must follow.
  mutating func note(_ event: Event) {
    // On `remove` the record is deleted, so that there is nothing to be mistaken about.
    if event.action != "remove" { handled.insert(event.sysPath) }
  }

  /// Takes note that events were lost: udevd may have spoken of any port. A look must follow.
  mutating func noteLoss() {
    records.removeAll()
  }

  /// Compares a complete look with the last one.
  ///
  /// - Parameter found: all ports that are there, in any order.
  /// - Returns: the new snapshot, ordered by node; nil when nothing changed.
  mutating func reconcile(_ found: [Sighting]) -> [Device]? {
    var next: [Device] = []
    for sighting in found where !hasRecordOfAnother(sighting) {
      let device = sighting.device
      records[device.node] = Record(
        generation: device.generation, initializedAt: sighting.initializedAt)
      next.append(device)
    }
    handled.removeAll()
    // ttyACM2 comes before ttyACM10.
    next.sort { ($0.node.utf8.count, $0.node) < ($1.node.utf8.count, $1.node) }
    guard next != devices else { return nil }
    devices = next
    return next
  }

  private func hasRecordOfAnother(_ sighting: Sighting) -> Bool {
    let device = sighting.device
    guard let record = records[device.node], let stamp = sighting.initializedAt else {
      return false
    }
    return record.generation != device.generation && record.initializedAt == stamp
      && !handled.contains(device.sysPath)
  }
}
