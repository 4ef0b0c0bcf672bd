internal import Dispatch
private import Foundation
private import GRDB

/// The events of a gateway in a SQLite file that outlives it.
///
/// It follows the gateway's log, so that the log's ring is the queue: whoever appends an event
/// never waits for a disk. Whatever becomes of the file costs the history and nothing else: the
/// history goes off, says why, and tries again by itself.
public actor EventHistory {
  let configuration: HistoryConfiguration
  /// Where opening and closing block.
  private let queue = DispatchQueue(label: "boardwalk.history.files", qos: .utility)

  var store: HistoryStore?
  var state: HistoryStatus.State = .opening
  var written = 0
  var lost = 0
  private var damage: String?
  /// A page could not be read for damage: the file is to be opened, and checked, anew.
  var isSuspect = false

  // See EventHistory+Run.
  var isClosing = false
  /// Ends the subscription behind what is there.
  var endSubscription: (@Sendable () -> Void)?
  /// The program's log was told that the history is off.
  var isSaidToBeOff = false
  var pause: Task<Void, Never>?
  var closers: [CheckedContinuation<Void, Never>] = []
  /// Milliseconds since 1970 at which to look for events that are too old.
  var nextAgeCheck: Int64 = .min

  public init(_ configuration: HistoryConfiguration) {
    self.configuration = configuration
  }

  /// Opens the file, or begins it; a damaged one is moved aside.
  ///
  /// - Returns: a line for the program's log when something is out of order: why the history is
  ///   off, or what became of a damaged file.
  @discardableResult
  public func open() async -> String? {
    guard store == nil, !isClosing, state != .closed else { return nil }
    let configuration = configuration
    let opened = await onQueue {
      Result { () throws(HistoryError) in try HistoryStore.open(configuration) }
    }
    switch opened {
    case .failure(let error):
      if state != .closed { state = .off(reason: error.message) }
      return error.message
    case .success(let (store, note)):
      guard self.store == nil, state != .closed else {
        await onQueue { store.close() }
        return nil
      }
      self.store = store
      isSuspect = false
      state = .recording
      if let note { damage = note }
      return note
    }
  }

  /// Reads events, while others are written.
  ///
  /// - Throws: ``HistoryError``: `off`, `badCursor`, `damaged` or `failed`; `CancellationError`.
  public func page(_ query: HistoryQuery) async throws -> HistoryPage {
    guard let store else {
      let reason =
        switch state {
        case .off(let reason): reason
        case .closed: "the history \(configuration.path) is closed: the gateway ends."
        case .opening, .recording:
          "the history \(configuration.path) is not open yet. Ask again in a second."
        }
      throw HistoryError(.off, reason)
    }
    do {
      return try await store.page(query)
    } catch let error as HistoryError {
      if error.code == .damaged, self.store === store { isSuspect = true }
      throw error
    }
  }

  /// How it fares.
  public var status: HistoryStatus {
    let path = configuration.path
    let bytes = ["", "-wal"].reduce(0) { sum, end in
      let attributes = try? FileManager.default.attributesOfItem(atPath: path + end)
      return sum + (attributes?[.size] as? Int ?? 0)
    }
    return HistoryStatus(
      state: state, path: path, bytes: bytes, written: written, lost: lost, note: damage)
  }

  /// Writes what is there and closes the file, for good.
  ///
  /// - Parameter deadline: how long that may take; what is not written by then is lost.
  public func close(within deadline: Duration) async {
    isClosing = true
    endSubscription?()
    pause?.cancel()
    let isInTime = await runHasEnded(within: deadline)
    state = .closed
    guard let store else { return }
    self.store = nil
    if isInTime {
      await onQueue { store.close() }
    } else {
      // A disk that hangs must not hold up the gateway's end as well.
      store.pool.interrupt()
      queue.async { store.close() }
    }
  }

  func closeStore() async {
    guard let store else { return }
    self.store = nil
    await onQueue { store.close() }
  }

  private func onQueue<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: body()) }
    }
  }
}
