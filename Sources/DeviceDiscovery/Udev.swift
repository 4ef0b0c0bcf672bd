import CUdev
import Glibc

/// A libudev context, and looks at what is there. Not for use by two threads at once.
final class Udev {
  private let context: OpaquePointer

  init() throws(DiscoveryError) {
    errno = 0
    guard let context = udev_new() else { throw .noUdev(errno: errno) }
    self.context = context
  }

  deinit { udev_unref(context) }

  /// Whether udevd runs and can be heard of here, which it cannot in most containers.
  static var hasDaemon: Bool { access("/run/udev/control", F_OK) == 0 }

  /// Begins to receive events of ttys.
  ///
  /// - Parameters:
  ///   - source: who must have sent them.
  ///   - receiveBuffer: bytes.
  func monitor(_ source: UdevMonitor.Source, receiveBuffer: Int) throws(DiscoveryError)
    -> UdevMonitor
  {
    try UdevMonitor(context, source, receiveBuffer: receiveBuffer)
  }

  /// All serial ports that are there now. Opens none.
  ///
  /// With udevd, a port counts once udevd has handled it: before that its node may belong to
  /// root alone. Without, a port counts as soon as the kernel has it.
  ///
  /// udev's own enumeration would read every console of the kernel's, some 70, at each look.
  func sightings() throws(DiscoveryError) -> [Sighting] {
    guard let names = Directory.entries(of: "/sys/class/tty") else {
      throw .enumerationFailed(errno: errno)
    }
    let hasDaemon = Self.hasDaemon
    let links = hasDaemon ? nil : SerialLinks.read()
    var sightings: [Sighting] = []
    for name in names where !Self.isVirtual(name) {
      guard let device = udev_device_new_from_subsystem_sysname(context, "tty", name) else {
        continue
      }
      defer { udev_device_unref(device) }
      if hasDaemon, udev_device_get_is_initialized(device) <= 0 { continue }
      guard let facts = UdevFacts.read(device, links: links),
        var sighting = Sighting(facts)
      else { continue }
      if !hasDaemon { sighting.initializedAt = nil }
      sightings.append(sighting)
    }
    return sightings
  }

  /// Consoles, ptys and the like: most ttys are.
  private static func isVirtual(_ name: String) -> Bool {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/sys/class/tty/" + name, &target, target.count)
    let text = String(
      decoding: target.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return text.contains("/devices/virtual/")
  }
}
