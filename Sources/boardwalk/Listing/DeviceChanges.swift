import DeviceDiscovery
import Foundation
import Gateway

/// Devices of this machine that come and go, each as a line.
struct DeviceChanges {
  private let claims: LocalClaims?
  private let style: TextStyle
  private var known: [UInt64: Device]

  /// - Parameter claims: to say what claims a device; nil where a gateway knows better.
  init(known: [Device], claims: LocalClaims?, style: TextStyle) {
    self.claims = claims
    self.style = style
    self.known = Dictionary(
      known.map { ($0.generation, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// What a line tells.
  private struct Change: Encodable {
    var type: String
    var device: DeviceDescription
    var time = Timestamps.now
  }

  /// The lines for what differs from the last time.
  mutating func lines(_ devices: [Device], json: Bool) -> [String] {
    let now = Dictionary(
      devices.map { ($0.generation, $0) }, uniquingKeysWith: { first, _ in first })
    var changes: [Change] = []
    for device in known.values.sorted(by: { $0.node < $1.node }) where now[device.generation] == nil
    {
      changes.append(Change(type: "unplugged", device: DeviceDescription(device)))
    }
    let claimed = claims?.list(devices) ?? devices.map { DeviceDescription($0) }
    for device in devices where known[device.generation] != device {
      guard let listed = claimed.first(where: { $0.node == device.node }) else { continue }
      let isNew = known[device.generation] == nil
      changes.append(Change(type: isNew ? "plugged" : "changed", device: listed))
    }
    known = now
    return changes.map { json ? JSONLine.text($0) : line($0) }
  }

  private func line(_ change: Change) -> String {
    let device = change.device
    var parts = [device.node, device.ids, device.product ?? "", device.serialNumber ?? ""]
    if let claim = device.claim { parts.append("claimed by \(claim): board \(device.board ?? "")") }
    if let conflict = device.conflict { parts.append("not claimed: \(conflict)") }
    return style.faint(ClockText.local(nil)) + "  " + "-".padded(to: 8) + "  "
      + style.coloured(change.type.padded(to: 9), as: change.type) + "  "
      + Printable.text(parts.filter { !$0.isEmpty }.joined(separator: " "))
  }
}

/// Times for programs.
enum Timestamps {
  /// RFC 3339 in UTC with milliseconds, as events have it.
  static var now: String {
    Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}

/// JSON for programs.
enum JSONLine {
  /// One line, its keys sorted.
  static func text(_ value: some Encodable, isPretty: Bool = false) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
    // These are texts and whole numbers, which can always be encoded.
    let data = (try? encoder.encode(value)) ?? Data()
    return Printable.json(String(decoding: data, as: UTF8.self))
  }
}
