import APIClient
import DeviceDiscovery

/// Lists devices and boards, and follows them.
struct Watching: Sendable {
  let address: GatewayAddress
  let settings: Settings
  let json: Bool
  /// The user wants this gateway; without it, one that runs is as good as none.
  let isGatewayGiven: Bool

  private var style: TextStyle { TextStyle(hasColours: Output.standard.hasColours) }

  /// What there is now.
  ///
  /// - Throws: `APIError` for a gateway that was given; `DiscoveryError`.
  func listing() async throws -> Listing {
    do {
      return try await Listing(asking: APIClient(address: address))
    } catch let error as APIError where !isGatewayGiven {
      let reason = error.code == .unreachable ? "no gateway runs at \(address)" : "\(error)"
      note("\(reason); this is what a gateway with these settings would claim")
    }
    return Listing(devices: try DeviceMonitor.list(), settings: settings)
  }

  /// Prints a list.
  ///
  /// - Throws: ``Output/Closed``.
  func show(_ listing: Listing) throws {
    if json {
      try Output.standard.line(JSONLine.text(listing, isPretty: true))
    } else {
      try Output.standard.write(listing.text(style: style))
    }
  }

  /// Prints a list, and each change from then on, until the task is cancelled.
  func run() async throws {
    // Both are followed before the list is made, so that what changes meanwhile is not missed.
    let isLocal = address.isLoopback || !isGatewayGiven
    let snapshots = isLocal ? DeviceMonitor().snapshots() : nil
    var first: [Device]?
    if let snapshots { first = try await firstDevices(snapshots) }
    let events = try await firstEvents()
    let listing = try await listing()
    if json {
      try Output.standard.line(JSONLine.text(listing))
    } else {
      try show(listing)
    }
    let hasGateway = listing.gateway != nil
    try await withThrowingTaskGroup { group in
      if let snapshots, let first {
        let claims = hasGateway ? nil : LocalClaims(settings)
        group.addTask {
          try await followDevices(snapshots, since: first, claims)
        }
      }
      if let events {
        group.addTask { try await followGateway(events, isThere: hasGateway) }
      }
      // The first that fails ends the other.
      for try await _ in group {}
    }
  }

  /// Begins to follow the gateway, or to wait for one.
  private func firstEvents() async throws -> EventFollower.Iterator? {
    let follower = EventFollower(
      address: address, target: "/api/v1/events?type=attached,detached,state",
      isPatient: !isGatewayGiven)
    var events = follower.makeAsyncIterator()
    do {
      _ = try await events.next()
      return events
    } catch is APIError where !isGatewayGiven {
      // Something else listens there, which the list says.
      return nil
    }
  }

  private func firstDevices(
    _ snapshots: AsyncThrowingStream<[Device], any Error>
  ) async throws -> [Device]? {
    do {
      var changes = snapshots.makeAsyncIterator()
      return try await changes.next()
    } catch let error as DiscoveryError {
      note("\(error)")
      return nil
    }
  }

  private func followDevices(
    _ snapshots: AsyncThrowingStream<[Device], any Error>, since known: [Device],
    _ claims: LocalClaims?
  ) async throws {
    var changes = DeviceChanges(known: known, claims: claims, style: style)
    for try await devices in snapshots {
      for line in changes.lines(devices, json: json) { try Output.standard.line(line) }
    }
  }

  private func followGateway(_ events: EventFollower.Iterator, isThere: Bool) async throws {
    var printer = EventPrinter(json: json)
    var events = events
    while let element = try await events.next() {
      switch element {
      case .event, .gap, .lost: try printer.print(element)
      case .connected(let isAgain):
        if isAgain || !isThere { note("the gateway at \(address) answers") }
      case .disconnected(let error): if isThere || error.code != .unreachable { note("\(error)") }
      }
    }
  }

  private func note(_ text: String) {
    try? Output.standardError.line("boardwalk: " + Printable.text(text))
  }
}
