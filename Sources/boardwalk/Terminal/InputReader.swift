import Glibc
import NIOPosix

/// Reads what comes at a descriptor, on a thread that may wait for it.
final class InputReader: Sendable {
  private let descriptor: CInt
  /// A pipe; a byte in it wakes the thread that waits.
  private let alarm: (output: CInt, input: CInt)

  /// Most bytes that are read at once.
  private static let largestPiece = 4096

  init(_ descriptor: CInt) {
    self.descriptor = descriptor
    var ends: [CInt] = [-1, -1]
    pipe(&ends)
    alarm = (ends[0], ends[1])
  }

  deinit {
    close(alarm.output)
    close(alarm.input)
  }

  /// The next bytes, at least one; nil at the end, and for good when the task was cancelled.
  func next() async throws -> [UInt8]? {
    try await withTaskCancellationHandler {
      try await NIOThreadPool.singleton.runIfActive { [self] in read() }
    } onCancel: {
      var byte: UInt8 = 0
      Glibc.write(alarm.input, &byte, 1)
    }
  }

  private func read() -> [UInt8]? {
    var wanted = [descriptor, alarm.output].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    while true {
      let count = poll(&wanted, nfds_t(wanted.count), -1)
      if count < 0, errno == EINTR { continue }
      guard count > 0, wanted[1].revents == 0 else { return nil }
      var bytes = [UInt8](repeating: 0, count: Self.largestPiece)
      let length = Glibc.read(descriptor, &bytes, bytes.count)
      if length < 0, errno == EINTR || errno == EAGAIN { continue }
      return length > 0 ? Array(bytes[..<length]) : nil
    }
  }
}
