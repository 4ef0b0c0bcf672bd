import CUdev
import Glibc

/// Reads what there is to know about one tty.
enum UdevFacts {
  /// - Parameters:
  ///   - device: a tty, made for this look: libudev keeps what it has read.
  ///   - links: names of nodes, for where udev keeps none; nil to ask udev.
  /// - Returns: nil when the port went, or became another, while it was read. An event of that
  ///   is on its way.
  static func read(_ device: OpaquePointer, links: SerialLinks?) -> PortFacts? {
    guard let path = udev_device_get_syspath(device), let inode = inode(of: path) else {
      return nil
    }
    var facts = PortFacts()
    facts.inode = inode
    facts.sysPath = bounded(path)
    facts.node = bounded(udev_device_get_devnode(device))
    facts.attributes["type"] = attribute("type", of: device)
    // The parents belong to the device, and go with it.
    if let usb = udev_device_get_parent_with_subsystem_devtype(device, "usb", "usb_device") {
      facts.usbPort = bounded(udev_device_get_sysname(usb)) ?? []
      for name in PortFacts.deviceAttributes {
        facts.attributes[name] = attribute(name, of: usb)
      }
      let interface = udev_device_get_parent_with_subsystem_devtype(
        device, "usb", "usb_interface")
      facts.attributes["bInterfaceNumber"] = attribute("bInterfaceNumber", of: interface)
      let port = udev_device_get_parent_with_subsystem_devtype(device, "usb-serial", nil)
      facts.attributes["port_number"] = attribute("port_number", of: port)
    }
    facts.driver = driver(above: device)
    for name in PortFacts.propertyNames {
      facts.properties[name] = bounded(udev_device_get_property_value(device, name))
    }
    facts.links = links?.links(to: facts.node) ?? devlinks(of: device)
    return Self.inode(of: path) == inode ? facts : nil
  }

  private static func attribute(_ name: String, of device: OpaquePointer?) -> [UInt8]? {
    device.flatMap { bounded(udev_device_get_sysattr_value($0, name)) }
  }

  /// The driver of the nearest device above that is more than a part of serial_core, which
  /// since Linux 6.5 has devices of its own between a UART and its port.
  private static func driver(above device: OpaquePointer) -> [UInt8]? {
    var next = udev_device_get_parent(device)
    while let parent = next {
      let subsystem = bounded(udev_device_get_subsystem(parent))
      if subsystem != Array("serial-base".utf8),
        let driver = bounded(udev_device_get_driver(parent))
      {
        return driver
      }
      next = udev_device_get_parent(parent)
    }
    return nil
  }

  private static func devlinks(of device: OpaquePointer) -> [[UInt8]] {
    var links: [[UInt8]] = []
    var entry = udev_device_get_devlinks_list_entry(device)
    while let current = entry, links.count < PortFacts.linkLimit {
      if let link = bounded(udev_list_entry_get_name(current)) { links.append(link) }
      entry = udev_list_entry_get_next(current)
    }
    return links
  }

  private static func inode(of path: UnsafePointer<CChar>) -> UInt64? {
    var status = stat()
    return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
  }
}
