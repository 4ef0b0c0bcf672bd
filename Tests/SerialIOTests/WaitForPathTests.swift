import Glibc
import SerialIO
import Testing

@Suite(.timeLimit(.minutes(5))) struct WaitForPathTests {
  /// Waits for a path while `appear` makes it; well under the one second of the fallback look.
  private func wait(
    for path: String, within limit: Duration = .milliseconds(900),
    _ appear: @escaping @Sendable () -> Void
  ) async throws {
    let waiting = Task { try await waitForPath(path) }
    // Lets the wait begin; if it has not, the path is simply there from the start.
    for _ in 0..<100 { await Task.yield() }
    let start = ContinuousClock.now
    appear()
    try await waiting.value
    #expect(.now - start < limit)
  }

  @Test func aPathThatIsThereReturnsAtOnce() async throws {
    try await waitForPath("/dev/null")
  }

  @Test func aFileThatAppears() async throws {
    let directory = try TestDirectory()
    let path = directory.path + "/port"
    try await wait(for: path) { close(creat(path, 0o600)) }
  }

  @Test func aFileInDirectoriesThatAreMissing() async throws {
    let directory = try TestDirectory()
    let path = directory.path
    // Each step is seen as it comes, or by the second look: three may need the latter.
    try await wait(for: path + "/a/b/c/port", within: .seconds(3)) {
      for next in ["/a", "/a/b", "/a/b/c"] { mkdir(path + next, 0o700) }
      close(creat(path + "/a/b/c/port", 0o600))
    }
  }

  @Test func aLinkToAPty() async throws {
    let directory = try TestDirectory()
    let terminal = try TestTerminal()
    let target = terminal.path
    let link = directory.path + "/board"
    try await wait(for: link) { symlink(target, link) }
  }

  @Test func aLinkWhoseTargetComesLater() async throws {
    let directory = try TestDirectory()
    let target = directory.path + "/later/target"
    let link = directory.path + "/link"
    symlink("later/target", link)
    mkdir(directory.path + "/later", 0o700)
    try await wait(for: link) { close(creat(target, 0o600)) }
  }

  @Test func aRenamedFileCounts() async throws {
    let directory = try TestDirectory()
    let path = directory.path
    close(creat(path + "/old", 0o600))
    try await wait(for: path + "/new") { rename(path + "/old", path + "/new") }
  }

  /// In a process of its own, where nobody else opens descriptors.
  @Test func cancellationThrowsAndClosesAll() async {
    await #expect(processExitsWith: .success) {
      let warmUp = Task { try await waitForPath("/tmp/never/there") }
      warmUp.cancel()
      _ = await warmUp.result
      let deadline = ContinuousClock.now + .seconds(60)
      // Dispatch closes a moment after the wait has ended; its own descriptors stay.
      try await Task.sleep(for: .milliseconds(50))
      let before = openDescriptors()
      for _ in 0..<20 {
        let waiting = Task { try await waitForPath("/tmp/never/there") }
        for _ in 0..<10 { await Task.yield() }
        waiting.cancel()
        guard case .failure = await waiting.result else { exit(1) }
      }
      while openDescriptors() > before {
        if .now > deadline { exit(2) }
        try await Task.sleep(for: .milliseconds(5))
      }
      exit(0)
    }
  }
}
