import HTTPTypes
import NIOCore
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct OutflowTests {
  private let outflow = Outflow()
  private let much = [UInt8](repeating: 7, count: Outflow.usualBound + 1)

  private static func writing(_ bytes: [UInt8], to outflow: Outflow) -> Task<Bool, Never> {
    Task {
      do { try await outflow.write(bytes) } catch { return false }
      return true
    }
  }

  @Test func inOrder() async throws {
    outflow.begin(HTTPResponse(status: .ok))
    try await outflow.write([1, 2])
    #expect(outflow.offer([3]))
    guard case .head(let head) = try await outflow.opening() else { return #expect(Bool(false)) }
    #expect(head.status == .ok)
    #expect(try await outflow.next() == ByteBuffer(bytes: [1, 2, 3]))
    outflow.end(with: nil)
    #expect(try await outflow.next() == nil)
  }

  @Test func aReply() async throws {
    Task { [outflow] in outflow.end(with: Reply(status: .noContent)) }
    guard case .reply(let reply) = try await outflow.opening() else { return #expect(Bool(false)) }
    #expect(reply.head.status == .noContent)
  }

  @Test func aFailureComesBehindWhatWasWritten() async throws {
    struct Failure: Error {}
    outflow.begin(HTTPResponse(status: .ok))
    try await outflow.write([1])
    outflow.fail(Failure())
    _ = try await outflow.opening()
    #expect(try await outflow.next() == ByteBuffer(bytes: [1]))
    await #expect(throws: Failure.self) { try await outflow.next() }
  }

  @Test func whoWritesMuchWaitsUntilItIsTaken() async throws {
    let writer = Self.writing(much, to: outflow)
    #expect(try await outflow.next() == ByteBuffer(bytes: much))
    #expect(await writer.value)
  }

  @Test func theBoundIsWhatTheAnswerSays() async throws {
    outflow.begin(HTTPResponse(status: .ok), bound: 2 * much.count)
    try await outflow.write(much)
    #expect(outflow.offer([1]))
  }

  @Test func whatWaitsComesInPieces() async throws {
    let piece = [UInt8](repeating: 7, count: 1000)
    for _ in 0..<200 { try await outflow.write(piece) }
    outflow.end(with: nil)
    var count = 0
    while let bytes = try await outflow.next() {
      #expect(bytes.readableBytes <= 64 << 10)
      count += bytes.readableBytes
    }
    #expect(count == 200 * piece.count)
  }

  @Test func whoOffersDoesNotWait() async throws {
    let writer = Self.writing(much, to: outflow)
    while outflow.offer([]) { await Task.yield() }
    #expect(!outflow.offer([1]))
    #expect(try await outflow.next() == ByteBuffer(bytes: much))
    #expect(outflow.offer([1]))
    #expect(await writer.value)
  }

  @Test func whoWaitsGoesOnWhenItIsClosedOrCancelled() async throws {
    for isClosed in [true, false] {
      let outflow = Outflow()
      let writer = Self.writing(much, to: outflow)
      while outflow.offer([]) { await Task.yield() }
      if isClosed { outflow.close() } else { writer.cancel() }
      #expect(await !writer.value)
    }
  }

  @Test func whoReadsGoesOnWhenItIsClosedOrCancelled() async throws {
    for isClosed in [true, false] {
      let outflow = Outflow()
      let reader = Task { try await outflow.next() }
      if isClosed { outflow.close() } else { reader.cancel() }
      await #expect(throws: CancellationError.self) { try await reader.value }
    }
  }

  @Test func itBeatsOnlyWhenNothingWasWritten() async throws {
    outflow.beat([1])
    #expect(try await outflow.next() == ByteBuffer(bytes: [1]))
    try await outflow.write([2])
    outflow.beat([1])
    #expect(try await outflow.next() == ByteBuffer(bytes: [2]))
    outflow.beat([1])
    #expect(try await outflow.next() == ByteBuffer(bytes: [1]))
  }
}
