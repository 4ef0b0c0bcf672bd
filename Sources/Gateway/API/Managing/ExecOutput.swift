import Boards
import Synchronization

/// What code on a board writes: events of the event form, or kept for the plain one.
final class ExecOutput: Sendable {
  /// Most bytes that are kept.
  private static let mostBytes = 1 << 20

  private struct Text: Encodable {
    let text: String
  }

  /// So many bytes of output are missing here.
  private struct Loss: Encodable {
    let bytes: Int
  }

  private struct State {
    var codePoints = CodePoints()
    var kept: [UInt8] = []
    var lost = 0
  }

  private let form: EventForm?
  private let state = Mutex(State())

  /// - Parameter form: nil for the plain one.
  init(_ form: EventForm?) { self.form = form }

  /// Takes output; returns when the client is not far behind.
  ///
  /// - Throws: cause `outputTooLong` for more than is kept; `cancelled` when the client has gone.
  func write(_ bytes: [UInt8]) async throws(ManagingError) {
    guard let form else {
      guard keep(bytes) else { throw tooLong }
      return
    }
    let text = state.withLock { $0.codePoints.append(bytes) }
    guard !text.isEmpty else { return }
    do throws(CancellationError) {
      try await form.send("output", Text(text: text))
    } catch {
      throw ManagingError(.cancelled)
    }
  }

  /// Takes output without ever waiting; what a client that is far behind loses, it is told.
  func offer(_ bytes: [UInt8]) {
    guard let form else {
      if !keep(bytes) { state.withLock { $0.lost += bytes.count } }
      return
    }
    let lost = state.withLock { $0.lost }
    if lost > 0, form.offer("lost", Loss(bytes: lost)) { state.withLock { $0.lost -= lost } }
    let isSent = state.withLock { state in
      // In order: nothing goes by a loss that is still to be told.
      guard state.lost == 0 else { return false }
      let text = state.codePoints.append(bytes)
      return text.isEmpty || form.offer("output", Text(text: text))
    }
    if !isSent { state.withLock { $0.lost += bytes.count } }
  }

  /// Sends what is left, at the end.
  ///
  /// - Returns: what was kept.
  /// - Throws: as ``write(_:)``.
  func finish() async throws(ManagingError) -> String {
    let (rest, lost, kept) = state.withLock { ($0.codePoints.finish(), $0.lost, $0.kept) }
    guard let form else {
      guard lost == 0 else { throw tooLong }
      return String(decoding: kept, as: UTF8.self)
    }
    do throws(CancellationError) {
      if lost > 0 { try await form.send("lost", Loss(bytes: lost)) }
      if !rest.isEmpty { try await form.send("output", Text(text: rest)) }
    } catch {
      throw ManagingError(.cancelled)
    }
    return ""
  }

  private func keep(_ bytes: [UInt8]) -> Bool {
    state.withLock { state in
      guard state.kept.count + bytes.count <= Self.mostBytes else { return false }
      state.kept += bytes
      return true
    }
  }

  private var tooLong: ManagingError { ManagingError(.outputTooLong(limit: Self.mostBytes)) }
}
