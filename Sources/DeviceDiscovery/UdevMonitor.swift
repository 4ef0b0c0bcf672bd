import CUdev
import Glibc

/// The netlink socket that events come in by. Receives from the moment it is made.
final class UdevMonitor {
  /// Who sends the events.
  enum Source: String {
    /// udevd, after its rules ran.
    case daemon = "udev"
    /// The kernel itself, for where there is no udevd.
    case kernel

    /// Who is to be listened to as things are.
    static var current: Source { Udev.hasDaemon ? .daemon : .kernel }
  }

  /// What came in since the last time.
  struct Arrivals {
    var events: [DeviceTable.Event] = []
    /// Whether the kernel had to drop events, or something came that was no event.
    var hasLoss = false
  }

  let source: Source
  private let monitor: OpaquePointer
  /// More than this at a time would keep others from the queue; the rest follows.
  private static let turnLimit = 1024

  init(_ context: OpaquePointer, _ source: Source, receiveBuffer: Int)
    throws(DiscoveryError)
  {
    errno = 0
    guard let monitor = udev_monitor_new_from_netlink(context, source.rawValue) else {
      throw .noMonitor(errno: errno)
    }
    var result = udev_monitor_filter_add_match_subsystem_devtype(monitor, "tty", nil)
    if result >= 0 {
      // May be refused or capped without CAP_NET_ADMIN; a loss is noticed and mended anyhow.
      _ = udev_monitor_set_receive_buffer_size(monitor, CInt(clamping: receiveBuffer))
      result = udev_monitor_enable_receiving(monitor)
    }
    guard result >= 0, udev_monitor_get_fd(monitor) >= 0 else {
      udev_monitor_unref(monitor)
      throw .noMonitor(errno: -result)
    }
    self.source = source
    self.monitor = monitor
  }

  deinit { udev_monitor_unref(monitor) }

  /// Readable when something came in. It stays the monitor's.
  var descriptor: CInt { udev_monitor_get_fd(monitor) }

  /// Takes what has come in, and does not wait for more.
  func receive() -> Arrivals {
    var arrivals = Arrivals()
    for _ in 0..<Self.turnLimit {
      errno = 0
      guard let device = udev_monitor_receive_device(monitor) else {
        // EAGAIN also stands for a message from somebody who may not send; what is behind it
        // makes the descriptor readable again. ENOBUFS: the socket's buffer was full.
        if errno == EAGAIN || errno == EINTR || errno == 0 { break }
        arrivals.hasLoss = true
        continue
      }
      defer { udev_device_unref(device) }
      guard let action = UntrustedText.name(bounded(udev_device_get_action(device))),
        let sysPath = UntrustedText.path(bounded(udev_device_get_syspath(device)), below: "/sys")
      else { continue }
      arrivals.events.append(DeviceTable.Event(action: action, sysPath: sysPath))
    }
    return arrivals
  }
}
