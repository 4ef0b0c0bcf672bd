/// The serial ports of this machine: which are there now, and each change.
///
///     for try await devices in DeviceMonitor().snapshots() {
///       print(devices.map(\.node))
///     }
///
/// Looks at sysfs and at udev's records, and opens no port: opening resets some boards.
public struct DeviceMonitor: Sendable {
  /// The socket's buffer for events that wait, in bytes. The system may give less. When it
  /// overflows, all ports are looked at again.
  public var receiveBuffer: Int
  /// The time between looks that no event asked for: the net below the events, which do not
  /// come into every container. A look takes a few milliseconds at most.
  public var rescanInterval: Duration

  public init(receiveBuffer: Int = 16 << 20, rescanInterval: Duration = .seconds(2)) {
    self.receiveBuffer = receiveBuffer
    self.rescanInterval = rescanInterval
  }

  /// The ports that are there now, ordered by node.
  public static func list() throws(DiscoveryError) -> [Device] {
    var table = DeviceTable()
    return table.reconcile(try Udev().sightings()) ?? []
  }

  /// The complete set of ports, now and after each change.
  ///
  /// The first element comes at once, and may be empty. A consumer that is slow gets only the
  /// newest set: what came and went in between is to be seen by ``Device/generation`` alone.
  /// Watching begins with this call and ends with the stream; each call watches anew. The stream
  /// throws a ``DiscoveryError`` when watching fails, and never ends by itself otherwise.
  public func snapshots() -> AsyncThrowingStream<[Device], any Error> {
    AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let watch = DeviceWatch(self, continuation)
      continuation.onTermination = { _ in watch.stop() }
      watch.start()
    }
  }
}
