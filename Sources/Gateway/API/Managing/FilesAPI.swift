import Boards
import HTTPTypes
import HummingbirdCore
import Synchronization

/// `…/files/{path}`: a board's files and directories; see ``FileUpload`` for PUT.
struct FilesAPI {
  /// Bytes of a file that wait for a client, so that a slow one does not keep the board from others.
  private static let readAhead = 16 << 20

  let board: Board
  let request: Request
  let query: QueryString
  let path: BoardPath
  let largestBody: Int

  /// - Throws: ``Problem``; `CancellationError` when the client has gone.
  func work() async throws -> Production.Work {
    switch request.method {
    case .put:
      try query.allow(["parents"])
      let upload = FileUpload(
        board: board, path: path, parents: try query.flag("parents"),
        preconditions: Preconditions(request.headers))
      return try await upload.work(for: request, largestBody: largestBody)
    case .delete:
      try query.allow(["recursive"])
      return delete(recursive: try query.flag("recursive"))
    default:
      try query.allow(["recursive", "checksums"])
      return get(
        recursive: try query.flag("recursive"), checksums: try query.flag("checksums"))
    }
  }

  /// What is at a path.
  ///
  /// - Throws: with cause `notFound` when nothing is, `conflict` for a file that has a slash behind it.
  private static func entry(
    _ path: BoardPath, of files: BoardFiles, checksum: Bool
  ) async throws(ManagingError) -> FileEntry {
    guard let entry = try await files.entry(path.description, checksum: checksum) else {
      throw ManagingError(.notFound(path: path.description))
    }
    guard entry.type == .directory || !path.isDirectory else {
      throw ManagingError(.conflict("\(path) is a file, and no directory; leave the slash out."))
    }
    return entry
  }

  // MARK: GET and HEAD

  /// `GET files/{path}` of a directory.
  private struct Listing: Encodable {
    let path: String
    let entries: [FileEntry]
  }

  private func get(recursive: Bool, checksums: Bool) -> Production.Work {
    let preconditions = Preconditions(request.headers)
    let isHead = request.method == .head
    return { [board, path] outflow in
      try await board.manage("reading \(path)") { session throws(ManagingError) in
        let files = BoardFiles(session)
        let entry = try await Self.entry(path, of: files, checksum: true)
        switch preconditions.verdict(on: entry, isReading: true) {
        case .failed:
          return .problem(.preconditionFailed(path.description, EntityTag(entry)))
        case .notModified:
          var reply = Reply(status: .notModified)
          reply.head.headerFields[.contentLength] = nil
          reply.head.headerFields[.eTag] = EntityTag(entry)?.description
          return reply
        case .goOn: break
        }
        if entry.type == .directory {
          let entries = try await files.list(
            path.description, recursive: recursive, checksums: checksums)
          return .json(Listing(path: path.description, entries: entries))
        }
        let head = Self.head(of: entry)
        if isHead {
          var reply = Reply(status: .ok)
          reply.head = head
          return reply
        }
        outflow.begin(head, bound: Self.readAhead)
        try await Self.send(entry, of: files, to: outflow)
        return nil
      }
    }
  }

  private static func head(of entry: FileEntry) -> HTTPResponse {
    var head = HTTPResponse(status: .ok)
    head.headerFields[.contentType] = "application/octet-stream"
    head.headerFields[.contentLength] = String(entry.size)
    head.headerFields[.eTag] = EntityTag(entry)?.description
    return head
  }

  /// Sends what the board reads, and no more than was promised.
  private static func send(
    _ entry: FileEntry, of files: BoardFiles, to outflow: Outflow
  ) async throws(ManagingError) {
    let left = Atomic(entry.size)
    try await files.read(entry.path) { bytes throws(ManagingError) in
      guard left.subtract(bytes.count, ordering: .relaxed).newValue >= 0 else {
        throw ManagingError(.damaged(path: entry.path))
      }
      do throws(CancellationError) {
        try await outflow.write(bytes)
      } catch {
        throw ManagingError(.cancelled)
      }
    }
    guard left.load(ordering: .relaxed) == 0 else {
      throw ManagingError(.damaged(path: entry.path))
    }
  }

  // MARK: DELETE

  private func delete(recursive: Bool) -> Production.Work {
    let preconditions = Preconditions(request.headers)
    return { [board, path] _ in
      try await board.manage("removing \(path)") { session throws(ManagingError) in
        let files = BoardFiles(session)
        guard !path.isRoot else {
          throw ManagingError(.conflict("the root cannot be removed; remove what is in it."))
        }
        let checksum = preconditions.needChecksum
        let entry = try await Self.entry(path, of: files, checksum: checksum)
        guard preconditions.verdict(on: entry, isReading: false) == .goOn else {
          return .problem(.preconditionFailed(path.description, EntityTag(entry)))
        }
        try await files.remove(path.description, recursive: recursive)
        return Reply(status: .noContent)
      }
    }
  }
}
