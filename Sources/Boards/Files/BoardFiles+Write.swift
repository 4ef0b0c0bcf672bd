extension BoardFiles {
  /// Puts a file there, whole or not at all.
  ///
  /// - Parameters:
  ///   - parents: make the directories that it is to be in.
  ///   - progress: gets the bytes that the board has taken so far.
  /// - Returns: whether it was written; false: the same was there already.
  @discardableResult
  public func write(
    _ path: String, _ bytes: [UInt8], parents: Bool,
    progress: @Sendable (Int) async -> Void
  ) async throws(ManagingError) -> Bool {
    var upload = try await FileUpload(self)
    let job = FileUpload.Job(path: try BoardPath(path), bytes: bytes, makesParents: parents)
    do {
      let outcome = try await upload.send(job, progress: progress)
      try await upload.end()
      return outcome != .unchanged
    } catch {
      try? await upload.end()
      throw error
    }
  }
}
