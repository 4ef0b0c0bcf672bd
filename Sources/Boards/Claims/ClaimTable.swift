public import DeviceDiscovery

/// Who gets which device.
public struct ClaimTable: Sendable {
  /// The user's, in the configuration's order.
  public let claims: [Claim]
  /// What holds for devices that none of the user's claims means.
  public let defaults: [Claim]

  public init(claims: [Claim], defaults: [Claim] = Claim.defaults) {
    self.claims = claims
    self.defaults = defaults
  }

  /// A device that becomes a board.
  public struct Assignment: Sendable, Hashable {
    public let name: String
    public let device: Device
    public let claim: Claim
  }

  /// What became of the devices that are there.
  public struct Plan: Sendable, Equatable {
    /// By the board's name.
    public var assignments: [String: Assignment] = [:]
    /// Why a device is left alone though claims mean it, by node.
    public var conflicts: [String: String] = [:]
    /// What is wrong with a named claim's devices, by the board's name.
    public var boardConflicts: [String: String] = [:]

    public init() {}
  }

  /// Gives each device to the claim that means it, or to none.
  ///
  /// Two devices for one name, and two claims for one device, are errors of the configuration: what
  /// is affected stays closed, but for a device that has the name already.
  ///
  /// - Parameters:
  ///   - current: the generations of the devices that boards have now, by name.
  ///   - links: where the claims' paths lead, for those that are symbolic links.
  public func plan(
    devices: [Device], current: [String: UInt64] = [:], links: [String: String] = [:]
  ) -> Plan {
    var plan = Plan()
    var candidates: [String: [Assignment]] = [:]
    for device in devices.sorted(by: { $0.node < $1.node }) {
      var meaning = claims.filter { $0.match.matches(device, links: links) }
      if meaning.count > 1 {
        let names = meaning.map { $0.name ?? "\($0.match)" }
        let text =
          "\(device.node) matches \(meaning.count) claims, \(names.joined(separator: " and ")); "
          + "make them differ, such as by serial number or interface"
        plan.conflicts[device.node] = text
        for case let name? in meaning.map(\.name) { plan.boardConflicts[name] = text }
        continue
      }
      if meaning.isEmpty, let usual = defaults.first(where: { $0.match.matches(device) }) {
        meaning = [usual]
      }
      guard let claim = meaning.first else { continue }
      let name = claim.name ?? BoardName.made(for: device)
      if claim.name == nil, claims.contains(where: { $0.name == name }) {
        plan.conflicts[device.node] =
          "\(device.node) would be named \(name), as a board of the configuration is; "
          + "claim it under another name, such as by its serial number"
        continue
      }
      candidates[name, default: []].append(Assignment(name: name, device: device, claim: claim))
    }
    for (name, rivals) in candidates {
      if let only = rivals.first, rivals.count == 1 {
        plan.assignments[name] = only
        continue
      }
      let nodes = rivals.map(\.device.node).joined(separator: " and ")
      let text =
        "\(nodes) both want the name \(name); make the claim tell them apart, such as by serial "
        + "number, socket or interface"
      let holder = rivals.first { $0.device.generation == current[name] }
      if let holder { plan.assignments[name] = holder } else { plan.boardConflicts[name] = text }
      for rival in rivals where rival.device != holder?.device {
        plan.conflicts[rival.device.node] = text
      }
    }
    return plan
  }
}
