public import DeviceDiscovery

/// A device, and what became of it.
public struct ClaimedDevice: Sendable, Hashable {
  public let device: Device
  /// The board that it is.
  public let board: String?
  /// What claims it, for people; nil when nothing does.
  public let claim: String?
  /// Why it is left alone though claims mean it.
  public let conflict: String?

  /// Puts devices and a plan together, sorted by node.
  public static func list(_ devices: [Device], _ plan: ClaimTable.Plan) -> [ClaimedDevice] {
    let owners = Dictionary(
      plan.assignments.values.map { ($0.device.node, $0) }, uniquingKeysWith: { first, _ in first })
    return devices.sorted { $0.node < $1.node }.map { device in
      let owner = owners[device.node]
      return ClaimedDevice(
        device: device, board: owner?.name,
        claim: owner.map { $0.claim.origin + " " + $0.claim.match.description },
        conflict: plan.conflicts[device.node])
    }
  }
}
