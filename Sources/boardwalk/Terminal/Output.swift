import Foundation
import Glibc
import NIOPosix

/// Standard output or error, whose reader may go.
struct Output: Sendable {
  static let standard = Output(descriptor: STDOUT_FILENO)
  static let standardError = Output(descriptor: STDERR_FILENO)

  let descriptor: CInt

  /// Nobody reads any more, as when `head` has what it wants.
  struct Closed: Error {}

  /// Writes a line at once.
  func line(_ text: String) throws { try write(text + "\n") }

  /// Writes a text at once.
  ///
  /// - Throws: ``Closed``.
  func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Writes bytes as they are, at once.
  ///
  /// - Throws: ``Closed``.
  func write(_ bytes: [UInt8]) throws {
    // Once is enough, and costs nothing: a write then fails instead of ending the program.
    signal(SIGPIPE, SIG_IGN)
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wanted, 1, -1)
      } else if errno != EINTR {
        throw Closed()
      }
    }
  }

  /// Writes bytes as they are, on a thread that may wait for a reader that is slow.
  ///
  /// - Throws: ``Closed``.
  func send(_ bytes: [UInt8]) async throws {
    try await NIOThreadPool.singleton.runIfActive { try write(bytes) }
  }

  /// Whether a write would wait for the reader.
  var isFull: Bool {
    var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&wanted, 1, 0) == 0
  }

  var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Columns of the terminal; nil where it is none, or does not say.
  var width: Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Whether colours may be used: on a terminal that can, unless NO_COLOR is set.
  var hasColours: Bool {
    guard isTerminal else { return false }
    if let value = getenv("NO_COLOR"), value.pointee != 0 { return false }
    return getenv("TERM").map { String(cString: $0) != "dumb" } ?? false
  }

  /// Waits until nobody can read any more; for ever where somebody always can.
  ///
  /// - Returns: false at once when it is not open at all.
  private func waitUntilClosed() -> Bool {
    var wanted = pollfd(fd: descriptor, events: 0, revents: 0)
    while poll(&wanted, 1, -1) <= 0 {}
    return wanted.revents & Int16(POLLNVAL) == 0
  }

  /// Calls the closure when nobody can read any more.
  ///
  /// On a thread of its own: it waits for that, and ends with the program.
  func whenClosed(_ closure: @escaping @Sendable () -> Void) {
    Thread {
      if waitUntilClosed() { closure() }
    }.start()
  }

  /// Ends quietly when the reader has gone.
  static func ignoringClosed(_ body: () throws -> Void) throws {
    do { try body() } catch is Closed {}
  }
}
