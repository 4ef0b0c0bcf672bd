import Boards
import HTTPTypes
import LinkProtocol
import NIOCore
import Synchronization

/// Streams of events that boards offer to all clients of a URL: opened once, fanned out here.
///
/// A handler opts in by the header field `Boardwalk-Share`.
final class SharedStreams: Sendable {
  /// What clients have in common.
  struct Key: Hashable {
    let board: String
    let target: String
  }

  private let streams = Mutex<[Key: SharedStream]>([:])

  /// The stream that a GET can join; nil when there is none.
  func stream(to board: String, _ target: String) -> SharedStream? {
    streams.withLock { $0.isEmpty ? nil : $0[Key(board: board, target: target)] }
  }

  /// Whether the handler offers its response to others.
  static func isOffered(_ response: ResponseHead, to method: HTTPRequest.Method) -> Bool {
    method == .get && response.status == 200 && response["boardwalk-share"] != nil
      && response["content-length"] == nil
      && response["content-type"]?.hasPrefix("text/event-stream") == true
  }

  /// Fans a response out. When there is a stream already, the response is dropped for it.
  func share(
    _ response: BoardResponse, as key: Key, on executor: LoopExecutor
  ) async -> SharedStream {
    let (stream, isNew) = streams.withLock { streams in
      if let stream = streams[key] { return (stream, false) }
      let stream = SharedStream(head: HTTPResponse(response.head), source: response.canceller)
      streams[key] = stream
      return (stream, true)
    }
    guard isNew else {
      await response.cancel()
      return stream
    }
    Task(executorPreference: executor) { [self] in
      await stream.pump(response)
      streams.withLock { streams in
        if streams[key] === stream { streams[key] = nil }
      }
    }
    return stream
  }
}

/// One response that any number of clients follow.
final class SharedStream: Sendable {
  /// Events that wait for a client at most; of those beyond it is told the number.
  private static let bound = 256
  /// An event longer than this, in bytes, goes out in pieces.
  private static let longest = 64 << 10

  let head: HTTPResponse
  private let source: Exchange
  private let state = Mutex(State())

  private struct State {
    var listeners: [Int: Listener] = [:]
    var next = 0
    var hasEnded = false
    var hasFailed = false
    /// A part of an event went out that is too long for one piece.
    var isInside = false
  }

  private struct Listener {
    let continuation: AsyncStream<ByteBuffer>.Continuation
    var lost = 0
    /// It came in the middle of an event, and begins with the next.
    var skips: Bool
  }

  /// A client's place.
  struct Place {
    let events: AsyncStream<ByteBuffer>
    let number: Int
  }

  init(head: HTTPResponse, source: Exchange) {
    self.head = head
    self.source = source
  }

  /// Whether the response broke off rather than ended.
  var hasFailed: Bool { state.withLock { $0.hasFailed } }

  /// - Returns: events from now on; nil when the stream has ended meanwhile.
  func join() -> Place? {
    state.withLock { state in
      guard !state.hasEnded else { return nil }
      let (events, continuation) = AsyncStream.makeStream(
        of: ByteBuffer.self, bufferingPolicy: .bufferingOldest(Self.bound))
      let number = state.next
      state.next += 1
      state.listeners[number] = Listener(continuation: continuation, skips: state.isInside)
      return Place(events: events, number: number)
    }
  }

  /// What a client is to be told at the end of the stream: that events are missing before it.
  func lastNotice(_ number: Int) -> ByteBuffer? {
    let lost = state.withLock { $0.listeners[number]?.lost ?? 0 }
    return lost > 0 ? Self.notice(lost) : nil
  }

  /// Gives a place up; with the last of them the handler learns that its client has gone.
  func leave(_ number: Int) async {
    let isLast = state.withLock { state in
      state.listeners.removeValue(forKey: number)?.continuation.finish()
      guard state.listeners.isEmpty, !state.hasEnded else { return false }
      state.hasEnded = true
      return true
    }
    if isLast { await source.cancel(.clientGone) }
  }

  /// Passes the response on, event by event, to its end.
  func pump(_ response: BoardResponse) async {
    var response = response
    var text = ByteBuffer()
    var hasFailed = false
    do {
      while let piece = try await response.next() {
        text.writeImmutableBuffer(piece)
        while let length = Self.eventLength(in: text), let event = text.readSlice(length: length) {
          publish(event, isWhole: true)
        }
        if text.readableBytes > Self.longest {
          publish(text.slice(), isWhole: false)
          text.clear()
        }
        text.discardReadBytes()
      }
      if text.readableBytes > 0 { publish(text, isWhole: true) }
    } catch {
      hasFailed = true
    }
    state.withLock { state in
      state.hasFailed = hasFailed
      state.hasEnded = true
      for listener in state.listeners.values { listener.continuation.finish() }
    }
  }

  /// The length of the first event with the empty line behind it, whose lines end in LF or CR LF.
  private static func eventLength(in text: ByteBuffer) -> Int? {
    let bytes = text.readableBytesView
    var index = bytes.startIndex
    while let end = bytes[index...].firstIndex(of: 0x0A) {
      let rest = bytes[(end + 1)...]
      if rest.first == 0x0A { return end + 2 - bytes.startIndex }
      if rest.starts(with: [0x0D, 0x0A]) { return end + 3 - bytes.startIndex }
      index = end + 1
    }
    return nil
  }

  private static func notice(_ lost: Int) -> ByteBuffer {
    ByteBuffer(string: "event: lost\ndata: {\"count\":\(lost),\"type\":\"lost\"}\n\n")
  }

  private func publish(_ event: ByteBuffer, isWhole: Bool) {
    state.withLock { state in
      defer { state.isInside = !isWhole }
      for (number, var listener) in state.listeners {
        if listener.skips {
          listener.skips = !isWhole
          state.listeners[number] = listener
          continue
        }
        if listener.lost > 0,
          case .enqueued = listener.continuation.yield(Self.notice(listener.lost))
        {
          listener.lost = 0
        }
        // In order: nothing goes by somebody who waits to be told of a loss.
        if listener.lost > 0 {
          listener.lost += 1
        } else if case .dropped = listener.continuation.yield(event) {
          listener.lost = 1
        }
        state.listeners[number] = listener
      }
    }
  }
}
