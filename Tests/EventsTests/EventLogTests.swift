import Testing

@testable import Events

@Suite struct EventLogTests {
  @Test func aNewSubscriberGetsWhatComesNext() {
    let log = EventLog()
    log.appendLines(3)
    let subscription = log.subscribe()
    #expect(subscription.start == id(3))
    #expect(subscription.takeAll() == [])
    log.appendLines(2)
    #expect(subscription.takeAll() == events(4...5))
  }

  @Test func aCursorReplaysExactlyWhatWasMissed() {
    let log = EventLog()
    log.appendLines(10)
    #expect(log.subscribe(after: id(7)).takeAll() == events(8...10))
    #expect(log.subscribe(after: id(0)).takeAll() == events(1...10))
    #expect(log.subscribe(after: id(10)).takeAll() == [])
  }

  @Test func anExpiredCursorIsToldHowManyAreGone() {
    let log = EventLog(count: 4)
    log.appendLines(10)
    #expect(log.subscribe(after: id(6)).takeAll() == events(7...10))
    #expect(
      log.subscribe(after: id(5)).takeAll() == [.gap(.expired(lost: 1))] + events(7...10))
    let console = EventFilter(types: [.console])
    #expect(
      log.subscribe(filter: console, after: id(5)).takeAll()
        == [.gap(.expired(lost: nil))] + events(7...10))
  }

  @Test func aCursorOfAnotherGatewayIsToldSo() {
    let log = EventLog(count: 4)
    log.appendLines(10)
    let other = log.subscribe(after: EventID(epoch: epoch + 1, counter: 8))
    #expect(other.start == id(6))
    #expect(other.takeAll() == [.gap(.restarted)] + events(7...10))
    let ahead = log.subscribe(after: id(11))
    #expect(ahead.takeAll() == [.gap(.unknown)] + events(7...10))
    let empty = EventLog().subscribe(after: id(1))
    #expect(empty.takeAll() == [.gap(.unknown)])
  }

  @Test func whatGoesBetweenTheGapAndItsReadingIsCounted() {
    let log = EventLog(count: 4)
    log.appendLines(10)
    let subscription = log.subscribe(after: id(1))
    log.appendLines(2)
    #expect(subscription.takeAll() == [.gap(.expired(lost: 5)), .lost(2)] + events(9...12))
  }

  @Test func aSlowSubscriberIsToldHowManyItLost() {
    let log = EventLog(backlog: 8)
    let slow = log.subscribe()
    let patient = log.subscribe(backlog: 100)
    log.appendLines(20)
    #expect(slow.takeAll() == [.lost(12)] + events(13...20))
    #expect(patient.takeAll() == events(1...20))
    log.appendLines(8)
    #expect(slow.takeAll() == events(21...28))
  }

  @Test func aReplayIsNotHeldAgainstASubscriber() {
    let log = EventLog(backlog: 4)
    log.appendLines(20)
    let subscription = log.subscribe(after: id(0))
    log.appendLines(6)
    #expect(subscription.takeAll() == events(1...20) + [.lost(2)] + events(23...26))
  }

  @Test func whatAFilterExcludesIsNeverLost() {
    let log = EventLog(backlog: 2)
    let emits = log.subscribe(filter: EventFilter(types: [.emit]))
    let pico = log.subscribe(filter: EventFilter(boards: ["pico"]))
    log.appendLines(1000, board: "esp")
    log.append(.emit(name: "t", data: []), board: "esp", time: 0)
    log.append(.reset(reason: "r"), board: nil, time: 0)
    log.append(.reset(reason: "r"), board: "pico", time: 0)
    #expect(emits.takeAll() == [.event(1001)])
    #expect(pico.takeAll() == [.event(1003)])
  }

  @Test func sizeBoundsTheLogToo() {
    let log = EventLog(epoch: epoch, limits: .init(bytes: 100_000))
    for _ in 0..<100 {
      log.append(.console(line: String(repeating: "x", count: 8000)), board: "pico", time: 0)
    }
    #expect(log.status.events == 6)
    #expect(log.status.bytes <= 100_000)
    #expect(log.oldest == id(95))
    #expect(log.subscribe(after: id(0)).takeAll() == [.gap(.expired(lost: 94))] + events(95...100))

    let tiny = EventLog(epoch: epoch, limits: .init(bytes: 1))
    tiny.appendLines(3)
    #expect(tiny.status.events == 1)
  }

  @Test func subscriptionsLeaveWhenTheyAreLetGo() {
    let log = EventLog()
    do {
      let held = (0..<10).map { log.subscribe(filter: EventFilter(boards: ["b\($0 % 3)"])) }
      #expect(log.status.subscribers == 10)
      #expect(log.status.filters == 3)
      held[0].cancel()
      #expect(log.status.subscribers == 9)
      #expect(held[0].takeAll() == [])
    }
    #expect(log.status.subscribers == 0)
    #expect(log.status.filters == 0)
  }

  @Test func endGivesWhatIsThereAndNoMore() {
    let log = EventLog(backlog: 4)
    let subscription = log.subscribe()
    log.appendLines(3)
    subscription.end()
    log.appendLines(50)
    #expect(subscription.takeAll() == events(1...3))
  }

  @Test func aSubscriberIsSmall() {
    #expect(MemoryLayout<EventSubscriber?>.stride <= 160)
  }

  /// Every subscriber against a plain list of all that its filter lets through.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func everySubscriberAgreesWithAPlainList(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let capacity = Int.random(in: 1...60, using: &random)
    let backlog = Int.random(in: 1...30, using: &random)
    let log = EventLog(count: capacity, backlog: backlog)
    let boards: [String?] = [nil, "a", "b", "c"]
    let filters = [
      EventFilter.everything, EventFilter(boards: ["a"]), EventFilter(boards: ["a", "b"]),
      EventFilter(types: [.reset]), EventFilter(boards: ["b"], types: [.console]),
    ]
    struct Model {
      let subscription: EventSubscription
      let filter: EventFilter
      let joined: Int
      var cursor: Int
    }
    var all: [Event] = []
    var models: [Model] = []
    var delivered = 0

    func check(_ model: inout Model, upTo limit: Int) {
      for item in model.subscription.take(upTo: limit) {
        let rest = all[model.cursor...].filter { model.filter.matches($0) }
        let oldest = all.count - capacity
        let live = rest.filter { $0.id.counter > model.joined }
        let isReplaying = rest.contains {
          $0.id.counter <= model.joined && $0.id.counter > max(oldest, 0)
        }
        let dropped = rest.prefix { event in
          if event.id.counter <= oldest { return true }
          return !isReplaying && live.count { $0.id.counter >= event.id.counter } > backlog
        }
        if case .lost(let count) = item {
          #expect(count == dropped.count)
          model.cursor = Int(dropped.last?.id.counter ?? 0)
        } else if case .event(let event) = item {
          #expect(dropped.isEmpty)
          #expect(event === rest.first)
          model.cursor = Int(event.id.counter)
          delivered += 1
        } else {
          Issue.record("unexpected \(Short(item))")
        }
      }
    }

    for _ in 0..<1500 {
      switch Int.random(in: 0..<20, using: &random) {
      case 0:
        let filter = filters.randomElement(using: &random) ?? .everything
        let cursor = Int.random(in: max(0, all.count - capacity)...all.count, using: &random)
        models.append(
          Model(
            subscription: log.subscribe(filter: filter, after: id(UInt64(cursor))), filter: filter,
            joined: all.count, cursor: cursor))
      case 1 where models.count > 8:
        models.remove(at: Int.random(in: 0..<models.count, using: &random))
      case 2...6 where !models.isEmpty:
        let index = Int.random(in: 0..<models.count, using: &random)
        check(&models[index], upTo: Int.random(in: 1...20, using: &random))
      default:
        let kind: EventKind = Bool.random(using: &random) ? .console(line: "") : .reset(reason: "")
        let board = boards.randomElement(using: &random) ?? nil
        if let event = log.append(kind, board: board, time: 0) { all.append(event) }
      }
    }
    for index in models.indices {
      while !all[models[index].cursor...].allSatisfy({ !models[index].filter.matches($0) }) {
        let before = models[index].cursor
        check(&models[index], upTo: 50)
        guard models[index].cursor > before else {
          Issue.record("a subscriber got no further")
          break
        }
      }
      #expect(models[index].subscription.takeAll() == [])
    }
    #expect(delivered > 100)
  }
}
