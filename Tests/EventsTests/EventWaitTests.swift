import Synchronization
import Testing

@testable import Events

@Suite struct EventWaitTests {
  @Test func aSubscriberThatWaitsIsWoken() async {
    let log = EventLog()
    let subscription = log.subscribe()
    async let item = subscription.next()
    log.appendLines(1)
    #expect(await item.map { Short($0) } == .event(1))
  }

  @Test func onlyMatchingSubscribersAreWoken() async {
    var state = EventLogState(epoch: epoch, limits: .init())
    let place = state.subscribe(
      filter: EventFilter(boards: ["pico"], types: [.emit]), after: nil, backlog: 256
    ).place
    await withCheckedContinuation { continuation in
      let isParked = state.park(place, .task(continuation))
      #expect(isParked)
      var woken = state.append(kind: .console(line: ""), board: "pico", time: 0).woken
      woken += state.append(kind: .emit(name: "", data: []), board: "esp", time: 0).woken
      woken += state.append(kind: .emit(name: "", data: []), board: nil, time: 0).woken
      #expect(woken.isEmpty)
      woken = state.append(kind: .emit(name: "", data: []), board: "pico", time: 0).woken
      #expect(woken.count == 1)
      for waiter in woken { waiter.resume() }
    }
  }

  @Test func callsInPlaceOfATask() async throws {
    let log = EventLog()
    let subscription = log.subscribe(filter: EventFilter(boards: ["pico"], types: [.console]))
    let calls = Atomic(0)
    let call: @Sendable () -> Void = { calls.wrappingAdd(1, ordering: .relaxed) }
    #expect(subscription.take(upTo: 8, orCall: call)?.isEmpty == true)
    log.append(.console(line: "x"), board: "esp", time: 0)
    #expect(calls.load(ordering: .relaxed) == 0)
    for _ in 0..<3 { log.append(.console(line: "x"), board: "pico", time: 0) }
    // Once, however much came.
    #expect(calls.load(ordering: .relaxed) == 1)
    #expect(subscription.take(upTo: 2, orCall: call)?.count == 2)
    #expect(subscription.take(upTo: 8, orCall: call)?.count == 1)
    #expect(subscription.take(upTo: 8, orCall: call)?.isEmpty == true)
    log.finish()
    #expect(calls.load(ordering: .relaxed) == 2)
    #expect(subscription.take(upTo: 8, orCall: call) == nil)
  }

  @Test func cancelFinishAndEndEndTheWait() async {
    let log = EventLog()
    let subscriptions = (0..<3).map { _ in log.subscribe() }
    await withTaskGroup(of: Int.self) { group in
      for subscription in subscriptions {
        group.addTask {
          var count = 0
          for await _ in subscription { count += 1 }
          return count
        }
      }
      subscriptions[0].cancel()
      #expect(await group.next() == 0)
      subscriptions[1].end()
      #expect(await group.next() == 0)
      log.appendLines(2)
      log.finish()
      #expect(await group.next() == 2)
    }
    #expect(log.append(.reset(reason: ""), board: nil, time: 0) == nil)
    let late = log.subscribe(after: id(1))
    #expect(await late.next().map { Short($0) } == .event(2))
    #expect(await late.next() == nil)
  }

  @Test func aCancelledTaskWaitsNoMore() async {
    let log = EventLog()
    for _ in 0..<200 {
      let subscription = log.subscribe()
      // The task is cancelled before, while and after it begins to wait.
      let task = Task { await subscription.next() == nil }
      task.cancel()
      #expect(await task.value)
      log.appendLines(1)
      #expect(subscription.take(upTo: 5).count == 1)
    }
    #expect(log.status.subscribers <= 1)
  }

  @Test func aHeartbeatTellsThePlaceReached() async {
    let log = EventLog()
    let subscription = log.subscribe(filter: EventFilter(types: [.emit]))
    log.appendLines(7)
    let heard = Shared<Short?>(nil)
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        let item = await subscription.next().map { Short($0) }
        heard.withLock { $0 = item }
      }
      // Only a subscriber that waits gets one, and nothing outside tells when it begins to.
      while heard.withLock({ $0 == nil }) {
        log.beat()
        await Task.yield()
      }
    }
    #expect(heard.withLock { $0 } == .heartbeat(7))
    #expect(log.latest == id(7))
    log.beat()
    #expect(subscription.takeAll() == [])
  }

  @Test func nothingIsMissedOrDoubledWhileOthersAppend() async {
    let log = EventLog(count: 100_000, backlog: 100_000)
    let writers = 4
    let each = 2500
    let total = UInt64(writers * each)
    await withTaskGroup(of: Void.self) { group in
      for reader in 0..<8 {
        let first = log.subscribe()
        group.addTask {
          var random = SeededGenerator(seed: UInt64(reader))
          var subscription = first
          var expected: UInt64 = 1
          while expected <= total {
            // Leaves and comes again with its cursor, as a client that reconnects does.
            for _ in 0..<Int.random(in: 1...200, using: &random) where expected <= total {
              guard case .event(let event)? = await subscription.next() else { break }
              #expect(event.id.counter == expected)
              expected = event.id.counter + 1
            }
            subscription = log.subscribe(after: id(expected - 1))
          }
        }
      }
      for writer in 0..<writers {
        group.addTask {
          for index in 0..<each {
            log.append(.console(line: "\(writer).\(index)"), board: "pico", time: 0)
            if index % 64 == 0 { await Task.yield() }
          }
        }
      }
    }
    #expect(log.latest.counter == total)
  }

  @Test func aThousandSubscribersGetOneEvent() async {
    let log = EventLog()
    let clock = ContinuousClock()
    let began = Shared<ContinuousClock.Instant?>(nil)
    await withTaskGroup(of: Duration.self) { group in
      let ready = Shared(0)
      for _ in 0..<1000 {
        let subscription = log.subscribe()
        group.addTask {
          ready.withLock { $0 += 1 }
          for await item in subscription {
            #expect(item.serverSentEvent.count > 50)
            break
          }
          return began.withLock { clock.now - ($0 ?? clock.now) }
        }
      }
      while ready.withLock({ $0 }) < 1000 { await Task.yield() }
      began.withLock { $0 = clock.now }
      log.append(.emit(name: "tick", data: Array("1".utf8)), board: "pico", time: 0)
      var times: [Duration] = []
      for await time in group { times.append(time) }
      times.sort()
      print("1,000 subscribers: median \(times[500]), 99th percentile \(times[990])")
    }
    #expect(log.status.subscribers == 0)
  }

  @Test func appendingIsMeasured() {
    let log = EventLog()
    let watching = (0..<1000).map { _ in log.subscribe(filter: EventFilter(types: [.emit])) }
    let time = ContinuousClock().measure {
      for _ in 0..<100_000 {
        log.append(
          .request(method: "GET", path: "/boards/pico/", status: 200, durationMicroseconds: 900),
          board: "pico", time: 0)
      }
    }
    print("append with 1,000 subscribers of another type: \(time / 100_000)")
    #expect(watching.allSatisfy { $0.takeAll().isEmpty })
  }
}
