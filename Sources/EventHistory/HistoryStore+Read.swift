internal import Events
internal import GRDB

extension HistoryStore {
  /// Reads a page, while writes go on.
  ///
  /// - Throws: ``HistoryError``, or `CancellationError`.
  func page(_ query: HistoryQuery) async throws -> HistoryPage {
    if let after = query.after, after.generation != generation {
      throw HistoryError(
        .badCursor,
        "the cursor \(after) is not of this history, which was begun anew since. "
          + "Leave it out to begin at an end.")
    }
    let (sql, arguments) = Self.statement(query)
    do {
      return try await pool.read { [generation] db in
        var events = try Row.fetchAll(db, sql: sql, arguments: arguments).map {
          HistoryEvent($0, generation: generation)
        }
        // One more than asked for was fetched to see whether there is one.
        let hasMore = events.count > query.limit
        if hasMore { events.removeLast() }
        return HistoryPage(
          events: events, next: events.last?.cursor ?? query.after, hasMore: hasMore)
      }
    } catch let error as CancellationError {
      throw error
    } catch {
      throw HistoryError("read", path: path, error)
    }
  }

  /// The page's rows are found in an index that holds all a filter asks for, and only they are
  /// then read.
  static func statement(_ query: HistoryQuery) -> (sql: String, arguments: StatementArguments) {
    var conditions: [String] = []
    var arguments = StatementArguments()
    let isOldestFirst = query.order == .oldestFirst
    func add(_ condition: String, _ values: [any DatabaseValueConvertible]) {
      conditions.append(condition)
      arguments += StatementArguments(values)
    }
    func isOneOf(_ values: [String]) -> String {
      values.count == 1
        ? "= ?" : "IN (\(values.map { _ in "?" }.joined(separator: ", ")))"
    }
    if let boards = query.filter.boards {
      let boards = boards.sorted()
      add("board \(isOneOf(boards))", boards)
    }
    if let types = query.filter.types {
      let types = types.map(\.rawValue).sorted()
      add("type \(isOneOf(types))", types)
    }
    if let after = query.after {
      add(isOldestFirst ? "sequence > ?" : "sequence < ?", [after.sequence])
    }
    if let since = query.since { add("time >= ?", [since]) }
    if let until = query.until { add("time < ?", [until]) }
    let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    let order = isOldestFirst ? "ASC" : "DESC"
    // Without statistics the planner takes an index by its shape; the board's is the better one.
    let index =
      query.filter.boards != nil
      ? "INDEXED BY event_by_board"
      : query.filter.types != nil ? "INDEXED BY event_by_type" : ""
    arguments += [query.limit + 1]
    return (
      """
      SELECT sequence, time, epoch, counter, board, type, json FROM event WHERE sequence IN (
        SELECT sequence FROM event \(index) \(condition) ORDER BY sequence \(order) LIMIT ?
      ) ORDER BY sequence \(order)
      """, arguments
    )
  }
}

extension HistoryEvent {
  fileprivate init(_ row: Row, generation: UInt64) {
    let sequence: Int64 = row[0]
    let epoch: Int64? = row[2]
    let counter: Int64? = row[3]
    self.init(
      cursor: HistoryCursor(generation: generation, sequence: sequence),
      id: epoch.flatMap { epoch in
        counter.map {
          EventID(epoch: UInt64(bitPattern: epoch), counter: UInt64(bitPattern: $0))
        }
      },
      time: row[1], board: row[4], type: row[5], json: row[6])
  }
}
