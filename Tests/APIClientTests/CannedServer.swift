import Foundation
import Glibc
import Synchronization

@testable import APIClient

/// A server on a Unix socket that answers every request with the same bytes.
final class CannedServer: Sendable {
  let address: GatewayAddress
  private let socket: CInt
  private let requests = Mutex<[String]>([])
  /// Connections whose client has closed its side.
  private let gone = Mutex(0)

  /// What a client sees behind the answer.
  enum Ending { case close, stayOpen }

  /// - Parameters:
  ///   - pieces: the answer, in as many writes.
  ///   - readsBody: whether it waits for the request's body before it answers.
  init(_ pieces: [String], _ ending: Ending = .close, readsBody: Bool = true) throws {
    address = GatewayAddress(socketPath: "/tmp/boardwalk-\(UUID().uuidString.prefix(13))")
    socket = Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    let path = address.socketPath ?? ""
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
    let isBound = withUnsafePointer(to: name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard isBound == 0, listen(socket, 16) == 0 else { throw POSIXError(.EADDRINUSE) }
    Thread { [self] in
      while case let connection = accept(socket, nil, nil), connection >= 0 {
        Thread { self.answer(connection, pieces, ending, readsBody) }.start()
      }
    }.start()
  }

  func stop() {
    shutdown(socket, CInt(SHUT_RDWR))
    close(socket)
    unlink(address.socketPath ?? "")
  }

  /// The heads of the requests that came, and as much of their bodies as was read.
  var received: [String] { requests.withLock { $0 } }

  /// How many clients have closed their side.
  var goneCount: Int { gone.withLock { $0 } }

  private func answer(
    _ connection: CInt, _ pieces: [String], _ ending: Ending, _ readsBody: Bool
  ) {
    defer { close(connection) }
    var text = ""
    while !isWhole(text, readsBody) {
      guard let more = read(connection) else { return gone.withLock { $0 += 1 } }
      text += more
    }
    requests.withLock { $0.append(text) }
    for piece in pieces {
      let bytes = Array(piece.utf8)
      guard send(connection, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count else { return }
      usleep(2000)
    }
    guard ending == .stayOpen else { return }
    while read(connection) != nil {}
    gone.withLock { $0 += 1 }
  }

  private func read(_ connection: CInt) -> String? {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = Glibc.read(connection, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }

  private func isWhole(_ text: String, _ readsBody: Bool) -> Bool {
    guard let end = text.range(of: "\r\n\r\n") else { return false }
    let field = text.range(of: "Content-Length: ").map {
      text[$0.upperBound...].prefix { $0 != "\r" }
    }
    let length = field.flatMap { Int($0) } ?? 0
    return !readsBody || text[end.upperBound...].utf8.count >= length
  }
}
