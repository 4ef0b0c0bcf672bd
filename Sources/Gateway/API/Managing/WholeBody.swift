import HTTPTypes
import HummingbirdCore
import NIOCore

extension Request {
  /// Reads the whole body.
  ///
  /// - Parameters:
  ///   - limit: most bytes of it.
  ///   - advice: what to do when it has more; nil for raising the gateway's limit.
  /// - Throws: ``Problem``; `CancellationError` when the client went before the end.
  func wholeBody(limit: Int, advice: String? = nil) async throws -> [UInt8] {
    let tooLarge =
      advice.map { Problem.bodyTooLarge(limit: limit, advice: $0) }
      ?? Problem.bodyTooLarge(limit: limit)
    let length = headers[.contentLength].flatMap(Int.init)
    if let length, length > limit { throw tooLarge }
    var bytes: [UInt8] = []
    for try await part in body {
      guard bytes.count + part.readableBytes <= limit else { throw tooLarge }
      bytes += part.readableBytesView
    }
    if let length, length != bytes.count { throw CancellationError() }
    return bytes
  }
}
