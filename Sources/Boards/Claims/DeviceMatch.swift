public import DeviceDiscovery

/// How a claim knows its device: all that is given must agree.
public struct DeviceMatch: Sendable, Hashable {
  /// USB idVendor.
  public var vendorID: UInt16?
  /// USB idProduct, a range for makers that number their variants.
  public var productIDs: ClosedRange<UInt16>?
  /// The USB device's serial number.
  public var serialNumber: String?
  /// The node, or a link to it: `/dev/ttyACM0`, `/dev/serial/by-id/…`.
  public var path: String?
  /// The socket: udev's ID_PATH (`pci-0000:00:14.0-usb-0:3:1.0`), or the kernel's name (`1-3.2`).
  public var socket: String?
  /// USB bInterfaceNumber, where a board has two ports.
  public var interfaceNumber: Int?
  /// The port of an adapter that has several, counted from 0.
  public var portNumber: Int?

  public init(
    vendorID: UInt16? = nil, productIDs: ClosedRange<UInt16>? = nil, serialNumber: String? = nil,
    path: String? = nil, socket: String? = nil, interfaceNumber: Int? = nil,
    portNumber: Int? = nil
  ) {
    self.vendorID = vendorID
    self.productIDs = productIDs
    self.serialNumber = serialNumber
    self.path = path
    self.socket = socket
    self.interfaceNumber = interfaceNumber
    self.portNumber = portNumber
  }

  /// Whether the device is meant. A UART of the machine itself has to be named by its path.
  ///
  /// - Parameter links: where symbolic links lead that the device itself does not know of.
  public func matches(_ device: Device, links: [String: String] = [:]) -> Bool {
    if device.isBuiltIn, path == nil { return false }
    if let vendorID, device.vendorID != vendorID { return false }
    if let productIDs {
      guard let id = device.productID, productIDs.contains(id) else { return false }
    }
    if let serialNumber, device.serialNumber != serialNumber { return false }
    if let path, device.node != links[path] ?? path, !device.links.contains(path) { return false }
    if let socket, device.busPath != socket, device.usbPort != socket { return false }
    if let interfaceNumber, device.interfaceNumber != interfaceNumber { return false }
    if let portNumber, device.portNumber != portNumber { return false }
    return true
  }
}

extension DeviceMatch: CustomStringConvertible {
  /// Such as `usb:0403:6001,serial=A50285BI`.
  public var description: String {
    var parts: [String] = []
    if let path { parts.append(path) }
    if let vendorID {
      let product = productIDs.map {
        $0.count == 1 ? hex($0.lowerBound) : hex($0.lowerBound) + "-" + hex($0.upperBound)
      }
      parts.append("usb:" + hex(vendorID) + (product.map { ":" + $0 } ?? ""))
    }
    if let serialNumber { parts.append((parts.isEmpty ? "serial:" : "serial=") + serialNumber) }
    if let socket { parts.append((parts.isEmpty ? "socket:" : "socket=") + socket) }
    if let interfaceNumber { parts.append("interface=\(interfaceNumber)") }
    if let portNumber { parts.append("port=\(portNumber)") }
    return parts.joined(separator: ",")
  }
}

/// A USB number as it is usually written: four hexadecimal digits.
public func hex(_ number: UInt16) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: 4 - digits.count) + digits
}
