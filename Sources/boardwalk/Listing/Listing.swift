import APIClient
import Boards
import DeviceDiscovery
import Gateway

/// What is plugged in, and which boards there are.
struct Listing: Encodable {
  /// The gateway that says so; nil when none answers, and this machine was looked at.
  var gateway: String?
  var devices: [DeviceDescription]
  var boards: [ListedBoard]

  /// As a gateway sees it.
  ///
  /// - Throws: `APIError`.
  init(asking client: APIClient) async throws {
    struct Devices: Decodable { let devices: [DeviceDescription] }
    struct Boards: Decodable { let boards: [ListedBoard] }
    gateway = client.address.description
    devices = try await client.get("/api/v1/devices", as: Devices.self).devices
    boards = try await client.get("/api/v1/boards", as: Boards.self).boards
  }

  /// As this machine is, and as a gateway with these settings would take it.
  init(devices found: [Device], settings: Settings) {
    let configurations = settings.configurations
    devices = LocalClaims(settings).list(found)
    let taken = Dictionary(
      devices.compactMap { device in device.board.map { ($0, device.node) } },
      uniquingKeysWith: { first, _ in first })
    let named = configurations.compactMap { configuration -> ListedBoard? in
      guard let name = configuration.name else { return nil }
      if case .path(_, let path, _) = configuration { return ListedBoard(name: name, port: path) }
      return ListedBoard(name: name, port: taken[name])
    }
    let names = Set(named.map(\.name))
    boards =
      named
      + taken.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }.map {
        ListedBoard(name: $0.key, port: $0.value)
      }
  }

  /// The list for people: a line a device, then a line for each board without one.
  func text(style: TextStyle) -> String {
    var table = TextTable(header: [
      "NODE", "IDS", "SERIAL", "PRODUCT", "CLAIMED BY", "BOARD", "STATE",
    ])
    var notes: [String] = []
    var rest = boards
    for device in devices {
      let index = rest.firstIndex {
        $0.name == device.board
          || ($0.port.map { $0 == device.node || device.links.contains($0) } ?? false)
      }
      let board = index.map { rest.remove(at: $0) }
      table.add(
        [
          device.node, device.ids, device.serialNumber ?? "", device.product ?? "",
          device.claim ?? "", board?.name ?? device.board ?? "", board?.state ?? "",
        ].map(Printable.text))
      if let conflict = device.conflict { notes.append(conflict) }
      if let board, let reason = board.reason { notes.append("\(board.name): \(reason)") }
    }
    for board in rest {
      table.add(
        [board.port ?? "", "", "", "", "", board.name, board.state ?? ""].map(Printable.text))
      if let reason = board.reason { notes.append("\(board.name): \(reason)") }
    }
    if devices.isEmpty && boards.isEmpty { return "No serial port is plugged in.\n" }
    return table.description + notes.map { "  " + Printable.text($0) + "\n" }.joined()
  }
}

/// What the settings claim, on this machine.
struct LocalClaims {
  private let table: ClaimTable

  init(_ settings: Settings) {
    table = ClaimTable(
      claims: settings.configurations.map(\.asClaim), defaults: settings.defaults)
  }

  /// The devices, with what claims them.
  func list(_ devices: [Device]) -> [DeviceDescription] {
    let links = PathLinks.resolved(table.claims.compactMap(\.match.path))
    return ClaimedDevice.list(devices, table.plan(devices: devices, links: links))
      .map { DeviceDescription($0) }
  }
}
