import Boards
import HTTPTypes
import HummingbirdCore

/// `PUT …/files/{path}`: the whole file is here before the board hears of it, and there under its
/// name only when all of it is.
struct FileUpload: Sendable {
  let board: Board
  let path: BoardPath
  /// Whether to make the directories that it is to be in.
  let parents: Bool
  let preconditions: Preconditions

  /// What was done; as the event form's `done` has it.
  private struct Done: Encodable {
    var path: String
    var size: Int
    /// Nil for a directory.
    var checksum: String?
    /// False: it was there already.
    var written: Bool
    var isNew: Bool

    enum CodingKeys: String, CodingKey { case path, size, checksum, written }
  }

  private struct Progress: Encodable {
    let done: Int
    let size: Int
  }

  /// - Throws: ``Problem``; `CancellationError` when the client has gone.
  func work(for request: Request, largestBody: Int) async throws -> Production.Work {
    guard request.headers[.contentRange] == nil else {
      throw Problem.badBody("A part of a file cannot be written; send all of it.")
    }
    let bytes = try await request.wholeBody(limit: largestBody)
    if path.isDirectory, !bytes.isEmpty {
      throw Problem.badBody(
        "\(path.asDirectory) is a directory, which has no content; "
          + (path.isRoot ? "name a file in it." : "leave the slash out."))
    }
    return EventForm.work(for: request, board: board.title, plain: Self.reply) { form in
      let outcome = try await board.manage("writing \(path)") { session throws(ManagingError) in
        let files = BoardFiles(session)
        let old = try await files.entry(path.description, checksum: !path.isDirectory)
        guard preconditions.verdict(on: old, isReading: false) == .goOn else {
          return Result<Done, Problem>.failure(
            .preconditionFailed(path.description, old.flatMap { EntityTag($0) }))
        }
        return .success(
          path.isDirectory
            ? try await make(files, old) : try await write(bytes, files, old, form))
      }
      return try outcome.get()
    }
  }

  private func make(_ files: BoardFiles, _ old: FileEntry?) async throws(ManagingError) -> Done {
    try await files.makeDirectory(path.description, parents: parents)
    return Done(path: path.description, size: 0, written: old == nil, isNew: old == nil)
  }

  private func write(
    _ bytes: [UInt8], _ files: BoardFiles, _ old: FileEntry?, _ form: EventForm?
  ) async throws(ManagingError) -> Done {
    let checksum = FileEntry.checksum(bytes)
    var done = Done(
      path: path.description, size: bytes.count, checksum: checksum, written: false,
      isNew: old == nil)
    if let old, old.type == .file, old.size == bytes.count, old.checksum == checksum {
      return done
    }
    try await files.write(path.description, bytes, parents: parents) { count in
      form?.progress(Progress(done: count, size: bytes.count))
    }
    done.written = true
    return done
  }

  private static func reply(_ done: Done) -> Reply {
    var reply = Reply(status: done.isNew ? .created : .noContent)
    if let checksum = done.checksum {
      let entry = FileEntry(path: done.path, type: .file, size: done.size, checksum: checksum)
      reply.head.headerFields[.eTag] = EntityTag(entry)?.description
    }
    return reply
  }
}
