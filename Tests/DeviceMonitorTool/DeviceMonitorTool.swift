import DeviceDiscovery
import Foundation

/// Prints each snapshot as one line of JSON, for the tests in `Tests/e2e`.
///
///     device-monitor [--list] [--receive-buffer BYTES] [--rescan SECONDS]
@main struct DeviceMonitorTool {
  static func main() async throws {
    var arguments = CommandLine.arguments.dropFirst()
    var monitor = DeviceMonitor()
    while let argument = arguments.popFirst() {
      switch argument {
      case "--list":
        return try write(DeviceMonitor.list())
      case "--receive-buffer":
        monitor.receiveBuffer = arguments.popFirst().flatMap { Int($0) } ?? 0
      case "--rescan":
        monitor.rescanInterval = .seconds(arguments.popFirst().flatMap { Double($0) } ?? 1)
      default:
        fatalError("unknown option \(argument)")
      }
    }
    for try await devices in monitor.snapshots() { try write(devices) }
  }

  private static func write(_ devices: [Device]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    let line = try encoder.encode(devices.map(Row.init)) + Data("\n".utf8)
    FileHandle.standardOutput.write(line)
  }
}

private struct Row: Encodable {
  var node, sysPath: String
  var generation: UInt64
  var vendorID, productID: UInt16?
  var serialNumber, manufacturer, product, usbPort, busPath, driver: String?
  var interfaceNumber, portNumber: Int?
  var links: [String]
  var isBuiltIn: Bool

  init(_ device: Device) {
    (node, sysPath, generation) = (device.node, device.sysPath, device.generation)
    (vendorID, productID) = (device.vendorID, device.productID)
    (serialNumber, manufacturer) = (device.serialNumber, device.manufacturer)
    (product, usbPort, busPath) = (device.product, device.usbPort, device.busPath)
    (driver, links, isBuiltIn) = (device.driver, device.links, device.isBuiltIn)
    (interfaceNumber, portNumber) = (device.interfaceNumber, device.portNumber)
  }
}
