import Dispatch
import Glibc

/// Waits until something is at a path.
///
/// The path may be a symbolic link, and counts once what it leads to is there. Its directory may
/// not exist yet. inotify tells of changes at once where it can; a look each second covers the
/// rest (other mounts, links in the middle of the path, no inotify instances left).
///
/// - Parameter path: a device node, a pty, or a link to one; absolute, or relative to the
///   working directory.
/// - Throws: `CancellationError` when the task is cancelled; all descriptors are closed then.
public func waitForPath(_ path: String) async throws(CancellationError) {
  if PathSearch.exists(path) { return }
  let watch = inotify_init1(CInt(IN_NONBLOCK | IN_CLOEXEC))
  let changes = changes(of: watch)
  PathSearch.watch(path, with: watch)
  // A look comes after each watch is set: what appears in between is seen by one of them.
  if PathSearch.exists(path) { return }
  for await _ in changes {
    PathSearch.watch(path, with: watch)
    if PathSearch.exists(path) { return }
  }
  throw CancellationError()
}

/// One element for each burst of inotify events, and one each second. Owns the descriptor.
private func changes(of watch: CInt) -> AsyncStream<Void> {
  // One waiting element is enough: it stands for "look again".
  AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
    // Dispatch sources may be cancelled from any thread (dispatch_source_cancel(3)); only the
    // Swift protocols do not say so. Each is set up here, and later only cancelled.
    nonisolated(unsafe) let timer = DispatchSource.makeTimerSource()
    timer.setEventHandler { continuation.yield() }
    timer.schedule(deadline: .now() + 1, repeating: 1, leeway: .milliseconds(50))
    guard watch >= 0 else {
      continuation.onTermination = { _ in timer.cancel() }
      timer.activate()
      return
    }
    nonisolated(unsafe) let events = DispatchSource.makeReadSource(fileDescriptor: watch)
    events.setEventHandler {
      var buffer = [UInt8](repeating: 0, count: 4096)
      while read(watch, &buffer, buffer.count) > 0 {}
      continuation.yield()
    }
    // Only here: before that, Dispatch may still be polling the descriptor.
    events.setCancelHandler { close(watch) }
    continuation.onTermination = { _ in
      timer.cancel()
      events.cancel()
    }
    timer.activate()
    events.activate()
  }
}

/// What to look at while a path is not there.
enum PathSearch {
  /// Whether the path, or what it links to, is there.
  static func exists(_ path: String) -> Bool {
    access(path, F_OK) == 0
  }

  /// Watches the nearest existing directory above the path, and above the target of the path
  /// when it is a link that leads nowhere yet.
  static func watch(_ path: String, with descriptor: CInt) {
    guard descriptor >= 0 else { return }
    let mask = UInt32(IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)
    var next: String? = path
    // A bound for links that lead round in a circle.
    for _ in 0..<8 {
      guard let current = next else { return }
      inotify_add_watch(descriptor, nearestDirectory(above: current), mask)
      next = linkTarget(of: current)
    }
  }

  /// The directory that holds the path, or the nearest one above it that exists.
  static func nearestDirectory(above path: String) -> String {
    var directory = parent(of: path)
    while directory != "/" && directory != "." && !exists(directory) {
      directory = parent(of: directory)
    }
    return directory
  }

  private static func parent(of path: String) -> String {
    var rest = Substring(path)
    while rest.count > 1, rest.last == "/" { rest.removeLast() }
    guard let slash = rest.lastIndex(of: "/") else { return "." }
    let parent = rest[..<slash]
    return parent.isEmpty ? "/" : String(parent)
  }

  private static func linkTarget(of path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes in
      let base = bytes.assumingMemoryBound(to: CChar.self).baseAddress
      return base.map { readlink(path, $0, bytes.count) } ?? 0
    }
    guard count > 0 else { return nil }
    let target = String(decoding: buffer[..<count], as: UTF8.self)
    return target.hasPrefix("/") ? target : parent(of: path) + "/" + target
  }
}
