public import MonotonicTime

/// Beginning and end of sessions (spec, "Handshake").
extension HostLink {
  /// Begins to look for a board; a session that runs is given up without a word.
  ///
  /// - Parameter generator: asked once; what comes of it begins the nonces, so it must be good.
  public mutating func start(
    now: Instant, using generator: inout some RandomNumberGenerator
  ) {
    failStreams()
    random.state = generator.next()
    saidWelcomeError = nil
    helloedAt = nil
    probe(now: now)
  }

  /// Begins to look for a board, with the system's randomness.
  public mutating func start(now: Instant) {
    var generator = SystemRandomNumberGenerator()
    start(now: now, using: &generator)
  }

  /// Takes leave of the board and goes idle; open streams are reported as failed.
  public mutating func bye(reason: String, now: Instant) {
    if state == .established {
      let text = Array(reason.utf8.prefix(min(bodyLimit / 2, Limits.welcome)))
      let frame = Frame(
        kind: .bye, sequence: upcoming, acknowledgement: expected, body: text)
      FrameEncoder.append(frame, key: key, check: check, direction: .toBoard, to: &output)
      statistics.framesSent += 1
    }
    failStreams()
    forgetSession()
    state = .idle
    helloAt = nil
    rearm(now: now)
  }

  /// Forgets the session and begins to send HELLO, with a new nonce.
  mutating func probe(now: Instant) {
    forgetSession()
    // Frames of the old session would be noise to the board.
    output.removeAll(keepingCapacity: true)
    state = .probing
    drawNonce()
    helloWait = configuration.helloInterval
    helloSentAt = nil
    helloAt = nil
    if configuration.asksFirst { beginHello(now: now) }
    rearm(now: now)
  }

  /// Sends both HELLOs and sets the time for the next.
  mutating func sendHello(now: Instant) {
    // A board that does not answer may wait for the end of a frame of the session before.
    if helloWait > configuration.helloInterval * 4 { fill() }
    // After a second one the round trip cannot be told.
    helloSentAt = helloWait == configuration.helloInterval && helloSentAt == nil ? now : nil
    askForSession()
    helloedAt = now
    helloAt = now.advanced(by: helloWait)
    helloWait = min(helloWait * 2, configuration.helloLimit)
  }

  /// A board announced itself: answers at once, and begins the waits anew.
  private mutating func answerAnnouncement(now: Instant) {
    helloWait = configuration.helloInterval
    beginHello(now: now)
    helloSentAt = nil
  }

  /// Sends the first HELLO, yet to a board that begins again and again no more than to one that is
  /// silent.
  private mutating func beginHello(now: Instant) {
    if let next = helloedAt?.advanced(by: helloWait), next > now {
      helloAt = next
    } else {
      sendHello(now: now)
    }
  }

  /// Draws until all check bytes have bit 7, so that a REPL ignores a probe but for its `1E`.
  private mutating func drawNonce() {
    repeat {
      let drawn = random.next()
      nonce = (0..<4).map { UInt8(truncatingIfNeeded: drawn >> ($0 * 8)) | 0x80 }
    } while nonce == Welcome.announcement || !isSilent()
  }

  private func isSilent() -> Bool {
    // The 1E of each frame is the only byte without bit 7.
    hellos.count { $0 < 0x80 } == CheckKind.allCases.count
  }

  /// Sends HELLO with the session's nonce, by each check.
  mutating func askForSession() {
    output += hellos
    statistics.framesSent += UInt64(CheckKind.allCases.count)
  }

  private var hellos: [UInt8] {
    let hello = Frame(kind: .hello, body: [0x80 | Limits.version] + nonce)
    var bytes: [UInt8] = []
    for check in CheckKind.allCases {
      FrameEncoder.append(hello, key: .none, check: check, direction: .toBoard, to: &bytes)
    }
    return bytes
  }

  mutating func receiveWelcome(_ frame: Frame, now: Instant) {
    guard state != .idle else { return }
    do throws(WelcomeError) {
      let (sender, text) = try Welcome.split(frame.body)
      if sender == Welcome.announcement {
        if state == .probing { return answerAnnouncement(now: now) }
        let board = try? Welcome.identity(text)
        let rebooted = board.map { $0.bootID != identity?.bootID } ?? true
        return lose(rebooted ? .rebooted : .renewed, now: now)
      }
      guard sender == nonce else { return }
      let board = try Welcome.identity(text)
      guard board.check == decoder.check else { throw .check(board.check) }
      if state == .probing {
        establish(board, now: now)
      } else if board.bootID != identity?.bootID {
        // A HELLO under way was answered by the program before this one, too.
        lose(.rebooted, now: now)
      } else if Int(frame.acknowledgement &- oldest) & 127 > Int(upcoming &- oldest) & 127
        || Int(frame.sequence &- expected) & 127 > 63
      {
        // The program is the same, but its server knew nothing of the session.
        lose(.renewed, now: now)
      }
    } catch {
      if state == .probing && saidWelcomeError != error {
        saidWelcomeError = error
        if case .version(let version) = error {
          events.append(.versionMismatch(version))
        } else {
          events.append(.badWelcome(error))
        }
      }
    }
  }

  private mutating func establish(_ board: BoardIdentity, now: Instant) {
    key = SessionKey(nonce: nonce)
    check = board.check
    decoder.session = (key, check)
    identity = board
    state = .established
    helloAt = nil
    saidWelcomeError = nil
    mostMissing = 0
    hasFilled = false
    statistics.sessions += 1
    setLimits(board)
    if let sentAt = helloSentAt { measure(sentAt.duration(to: now)) }
    quietSince = now
    lastFrameAt = now
    heardAt = now
    events.append(
      .established(board, rebooted: lastBootID.map { $0 != board.bootID } ?? false))
    lastBootID = board.bootID
  }

  /// How long frames may be, and how much of them may be under way.
  private mutating func setLimits(_ board: BoardIdentity) {
    // Escapes may double the check, and it is known only once a frame has its number.
    let overhead = Limits.headerSize + 2 * board.check.size
    let largest = min(board.largestBody, Limits.length - board.check.size) - board.check.size
    // With a window of less than two frames the line would rest at each acknowledgement.
    let half = board.window / 2 - overhead
    bodyLimit = min(largest, half >= 64 ? half : board.window - overhead)
    windowLimit = board.window
    if let rate = configuration.lineRate {
      windowLimit = min(windowLimit, max(2 * (bodyLimit + overhead), rate / 50))
    }
  }

  /// Ends the session, tells why, and probes.
  mutating func lose(_ loss: Loss, now: Instant) {
    failStreams()
    events.append(.lost(loss))
    probe(now: now)
  }

  private mutating func failStreams() {
    for number in 1...Limits.streams where streams[number].isOpen {
      let stream = streams[number]
      let delivery: Delivery =
        stream.isHeard ? .ran : stream.isRequested ? .mayHaveRun : .notSent
      events.append(.failed(UInt8(number), delivery))
    }
  }

  private mutating func forgetSession() {
    identity = nil
    key = .none
    decoder.session = nil
    for index in 0..<128 {
      underWay[index] = nil
      early[index] = nil
      streams[index] = HostStream()
    }
    oldest = 0
    upcoming = 0
    bytesUnderWay = 0
    mostMissing = max(mostMissing, Limits.usualLength)
    hasFilled = false
    vainAnswers = 0
    queue.removeAll()
    expected = 0
    announced = 0
    asked = 0
    acknowledgementsOwed = 0
    acknowledgesNow = false
    routes = []
    damageAskedAt = nil
    doubtedAt = nil
    inUseCount = 0
    openCount = 0
    waitingCount = 0
    quietSince = nil
    stuckSince = nil
    pingStep = 0
    pingSentAt = nil
    acknowledgeAt = nil
    askAgainAt = nil
    askStep = 0
  }
}
