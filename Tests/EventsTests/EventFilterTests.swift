import Events
import Testing

@Suite struct EventFilterTests {
  private func event(_ kind: EventKind, board: String?) -> Event {
    Event(id: id(1), time: 0, board: board, kind: kind)
  }

  @Test func valuesAreReadWithAndWithoutCommas() throws {
    let filter = try EventFilter(
      boardValues: ["pico", "a,b"], typeValues: ["emit,console", "reset", "emit"])
    #expect(filter.boards == ["pico", "a", "b"])
    #expect(filter.types == [.emit, .console, .reset])
    #expect(try EventFilter(boardValues: [], typeValues: []) == .everything)
  }

  @Test(arguments: ["", "emit,", ",", "Emit", "emit ", "gap"])
  func badTypesAreRefused(value: String) {
    #expect(throws: EventFilterError.self) {
      try EventFilter(boardValues: [], typeValues: [value])
    }
  }

  @Test func theErrorNamesTheTypes() {
    let error = #expect(throws: EventFilterError.self) {
      try EventFilter(boardValues: [], typeValues: ["boom"])
    }
    #expect(
      error?.description == "\"boom\" is no type of event. Ask for some of attached, detached, "
        + "state, console, emit, exception, reset, request, lost.")
  }

  @Test func aClientCannotNameBoardsWithoutEnd() {
    let names = (0...EventFilter.boardLimit).map { "b\($0)" }
    #expect(throws: EventFilterError.self) {
      try EventFilter(boardValues: names, typeValues: [])
    }
  }

  @Test func boardsAndTypesMustBothMatch() {
    let filter = EventFilter(boards: ["pico"], types: [.emit])
    #expect(filter.matches(event(.emit(name: "t", data: []), board: "pico")))
    #expect(!filter.matches(event(.emit(name: "t", data: []), board: "esp")))
    #expect(!filter.matches(event(.emit(name: "t", data: []), board: nil)))
    #expect(!filter.matches(event(.console(line: ""), board: "pico")))
    #expect(EventFilter.everything.matches(event(.lost(count: 1), board: nil)))
    #expect(!EventFilter(boards: []).matches(event(.console(line: ""), board: "pico")))
  }
}
