import DeviceDiscovery
import Glibc
import Testing

/// On the machine's own sysfs, with whatever is plugged in.
@Suite(.timeLimit(.minutes(5))) struct DeviceMonitorTests {
  @Test func listsWithoutOpening() throws {
    for device in try DeviceMonitor.list() {
      #expect(device.node.hasPrefix("/dev/tty"))
      #expect(device.sysPath.hasPrefix("/sys/devices/"))
      #expect(device.generation != 0)
    }
  }

  @Test func theFirstSnapshotComesAtOnceAndIsTheList() async throws {
    for try await devices in DeviceMonitor(rescanInterval: .seconds(3600)).snapshots() {
      #expect(devices == (try DeviceMonitor.list()))
      break
    }
  }

  @Test func cancellationEndsTheStream() async throws {
    let watching = Task {
      for try await _ in DeviceMonitor().snapshots() {}
    }
    try await Task.sleep(for: .milliseconds(1))
    watching.cancel()
    try await watching.value
  }

  @Test func settingsThatMakeNoSenseAreBounded() async throws {
    for interval in [Duration.zero, .seconds(-1), .seconds(Int64.max)] {
      let monitor = DeviceMonitor(receiveBuffer: Int.min, rescanInterval: interval)
      for try await _ in monitor.snapshots() { break }
    }
  }

  /// In a process of its own, where nobody else opens descriptors or takes memory.
  @Test func nothingIsLeftOf200Watches() async {
    await #expect(processExitsWith: .success) {
      try await watch(times: 200)
      guard try await noSocketIsLeft() else { exit(1) }
      // Dispatch keeps some memory for each of its threads, of which a busy machine makes more; 200
      // contexts, monitors or devices take more than this, each time.
      var growth = Int.max
      for _ in 0..<5 where growth >= 128 {
        let descriptors = openDescriptors()
        let memory = residentPages()
        try await watch(times: 200)
        guard try await noSocketIsLeft() else { exit(2) }
        guard openDescriptors() == descriptors else { exit(4) }
        growth = residentPages() - memory
      }
      exit(growth < 128 ? 0 : 3)
    }
  }

  @Test func noDescriptorLeftIsAnErrorThatSaysWhatToDo() async {
    await #expect(processExitsWith: .success) {
      // So that Dispatch and the runtime have what they need.
      for try await _ in DeviceMonitor().snapshots() { break }
      guard try await noSocketIsLeft() else { exit(1) }
      var limit = rlimit(rlim_cur: 256, rlim_max: 256)
      setrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
      while dup(0) >= 0 {}
      do {
        for try await _ in DeviceMonitor().snapshots() { exit(2) }
      } catch let error as DiscoveryError {
        exit(error.code == .noMonitor && error.message.contains("open files") ? 0 : 3)
      }
      exit(4)
    }
  }
}

/// Begins to watch and ends again, in different places: at once, and after the first snapshot.
private func watch(times: Int) async throws {
  for round in 0..<times {
    let snapshots = DeviceMonitor().snapshots()
    if round % 4 == 0 { continue }
    for try await _ in snapshots { break }
  }
}

private func openDescriptors() -> Int { (0..<1024).count { fcntl($0, F_GETFD) >= 0 } }

/// Waits until the sockets are closed, a moment after the streams have ended.
private func noSocketIsLeft() async throws -> Bool {
  let deadline = ContinuousClock.now + .seconds(60)
  while (0..<1024).contains(where: isNetlink) {
    if .now > deadline { return false }
    try await Task.sleep(for: .milliseconds(5))
  }
  return true
}

private func isNetlink(_ descriptor: CInt) -> Bool {
  var family: CInt = 0
  var size = socklen_t(MemoryLayout<CInt>.size)
  return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0 && family == AF_NETLINK
}

/// The memory of this process that is in RAM, in pages.
private func residentPages() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var text = [CChar](repeating: 0, count: 128)
  guard fgets(&text, CInt(text.count), file) != nil else { return 0 }
  let words = String(decoding: text.map(UInt8.init(bitPattern:)), as: UTF8.self).split(
    separator: " ")
  return words.count > 1 ? Int(words[1]) ?? 0 : 0
}
