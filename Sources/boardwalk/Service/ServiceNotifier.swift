import Glibc
import Logging
import NIOCore
import ServiceLifecycle

/// Tells systemd how the service fares, by sd_notify's protocol: datagrams of `NAME=VALUE` lines.
///
/// See sd_notify(3). Its own because it is so little, and libsystemd is not everywhere.
final class ServiceNotifier: Sendable {
  private let socket: CInt
  private let address: sockaddr_un
  private let length: socklen_t
  private let logger: Logger

  /// - Returns: nil when the program does not run under systemd, or cannot reach it.
  init?(path: String? = ServiceNotifier.variable("NOTIFY_SOCKET"), logger: Logger) {
    guard let path, !path.isEmpty else { return nil }
    var bytes = Array(path.utf8)
    var address = sockaddr_un()
    guard bytes[0] == UInt8(ascii: "@") || bytes[0] == UInt8(ascii: "/"),
      bytes.count < MemoryLayout.size(ofValue: address.sun_path)
    else {
      logger.warning("NOTIFY_SOCKET is \(path), which is no Unix socket; systemd is told nothing")
      return nil
    }
    // An abstract socket: no file, and no byte behind the name.
    if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 } else { bytes.append(0) }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let offset = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2
    socket = Glibc.socket(
      AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard socket >= 0 else { return nil }
    self.address = address
    length = socklen_t(offset + bytes.count)
    self.logger = logger
  }

  deinit { close(socket) }

  /// Sends lines, and never waits.
  func send(_ lines: String...) {
    let text = Array(lines.joined(separator: "\n").utf8)
    let sent = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(socket, text, text.count, CInt(MSG_NOSIGNAL), $0, length)
      }
    }
    if sent < 0 {
      logger.warning("cannot tell systemd \(lines[0]): \(String(cString: strerror(errno)))")
    }
  }

  /// Says that the settings are being read again; `READY=1` has to follow.
  func sendReloading() {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    send(
      "RELOADING=1", "MONOTONIC_USEC=\(Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)"
    )
  }

  /// Gives a sign of life from the event loop at half of the time that systemd allows, so that a
  /// loop that is stuck is noticed.
  ///
  /// - Returns: nil when systemd watches nothing, or another process.
  func startWatchdog(on eventLoop: any EventLoop) -> RepeatedTask? {
    guard let limit = Self.variable("WATCHDOG_USEC").flatMap(Int64.init), limit > 1,
      Self.variable("WATCHDOG_PID").map({ $0 == "\(getpid())" }) ?? true
    else { return nil }
    let interval = TimeAmount.microseconds(limit / 2)
    return eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: interval) { [self] _ in
      send("WATCHDOG=1")
    }
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}

/// Tells systemd when the end begins.
struct StopNotice: Service {
  let notifier: ServiceNotifier

  func run() async throws {
    try? await gracefulShutdown()
    notifier.send("STOPPING=1", "STATUS=ending")
  }
}
