import Boards
import HTTPTypes

/// An ETag (RFC 9110, 8.8.3): of a board's file its checksum and its size.
struct EntityTag: Equatable, Sendable, CustomStringConvertible {
  /// With its quotes.
  let description: String

  /// Nil for a directory.
  init?(_ entry: FileEntry) {
    guard entry.type == .file, let checksum = entry.checksum else { return nil }
    description = "\"\(checksum)-\(entry.size)\""
  }

  fileprivate init(quoted text: some StringProtocol) { description = "\"\(text)\"" }
}

/// On which conditions a request is to be done: If-Match and If-None-Match.
struct Preconditions: Sendable {
  private enum Tags: Sendable {
    /// Whatever is there: `*`.
    case any
    case list([(tag: EntityTag, isWeak: Bool)])

    /// - Parameter isStrong: whether a weak tag is none.
    func contain(_ tag: EntityTag?, isStrong: Bool) -> Bool {
      switch self {
      case .any: true
      case .list(let tags):
        tag.map { tag in tags.contains { $0.tag == tag && !(isStrong && $0.isWeak) } } ?? false
      }
    }
  }

  private let match: Tags?
  private let noneMatch: Tags?

  init(_ fields: HTTPFields) {
    match = Self.tags(in: fields, .ifMatch)
    noneMatch = Self.tags(in: fields, .ifNoneMatch)
  }

  /// Whether it takes a file's checksum to tell.
  var needChecksum: Bool { match != nil || noneMatch != nil }

  /// What becomes of a request.
  enum Verdict: Equatable {
    case goOn, notModified, failed
  }

  /// - Parameters:
  ///   - entry: what is there, with its checksum where that is needed.
  ///   - isReading: whether the request changes nothing.
  func verdict(on entry: FileEntry?, isReading: Bool) -> Verdict {
    let tag = entry.flatMap { EntityTag($0) }
    if let match, entry == nil || !match.contain(tag, isStrong: true) { return .failed }
    if let noneMatch, entry != nil, noneMatch.contain(tag, isStrong: false) {
      return isReading ? .notModified : .failed
    }
    return .goOn
  }

  /// The tags of a field; nil when there is no such field. What is no tag matches nothing.
  private static func tags(in fields: HTTPFields, _ name: HTTPField.Name) -> Tags? {
    guard let text = fields[name] else { return nil }
    var rest = text[...]
    var tags: [(tag: EntityTag, isWeak: Bool)] = []
    while let first = rest.first {
      if first == "*", tags.isEmpty { return .any }
      if first == "," || first.isWhitespace {
        rest.removeFirst()
        continue
      }
      let isWeak = rest.hasPrefix("W/")
      if isWeak { rest.removeFirst(2) }
      guard rest.first == "\"" else { break }
      rest.removeFirst()
      guard let end = rest.firstIndex(of: "\"") else { break }
      tags.append((EntityTag(quoted: rest[..<end]), isWeak))
      rest = rest[end...].dropFirst()
    }
    return .list(tags)
  }
}
