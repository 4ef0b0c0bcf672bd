import DeviceDiscovery
import Events
import LinkProtocol
import MonotonicTime
import NIOCore
import NIOPosix
import SerialIO

/// A board's life: its port comes, is opened, goes, and comes again.
extension Board {
  /// Looks after the board until the task is cancelled.
  public func run() async {
    var pause = Self.shortestPause
    // What failed is tried again without saying so each time.
    var isRetry = false
    var plug = generation
    while !Task.isCancelled {
      do {
        let path = try await nextPort()
        if isRetry, generation != plug {
          isRetry = false
          pause = Self.shortestPause
        }
        plug = generation
        if !isRetry { change(to: .opening) }
        let (port, channel, mark) = try await open(path)
        if plug == generation, self.path != nil || isAttached, heldUntil == nil {
          if isAttached, self.path != nil, mark != portMark { detached() }
          portMark = mark
          attached()
          pause = Self.shortestPause
          isRetry = false
          openPort = port
          await serve(channel)
          openPort = nil
        } else {
          try? await channel.close()
        }
        _ = await Self.blocking { port.close() }
        if heldUntil != nil { continue }
        // A device that hung up is likely gone: the word of that comes later, and wakes.
        if self.path == nil, device?.node == path {
          await rest(.seconds(1))
          continue
        }
      } catch is CancellationError {
        break
      } catch {
        if heldUntil != nil { continue }
        isRetry = true
        pause = min(pause * 2, .seconds(5))
        if let error = error as? SerialPortError, path != nil,
          error.code == .notFound || error.code == .gone
        {
          // Between the look and the opening it went, or the link that is there leads to nothing.
          change(to: .absent)
          pause = min(pause, .seconds(1))
        } else {
          change(to: .failed("\(error)"))
        }
      }
      await rest(pause)
    }
    callPatient()
  }

  private static let shortestPause: Duration = .milliseconds(50)

  /// Waits until a port is there that may be opened.
  private func nextPort() async throws -> String {
    while true {
      try Task.checkCancellation()
      if let end = heldUntil {
        let left = end - .now
        if left > .zero {
          await rest(left)
          continue
        }
        heldUntil = nil
        change(to: .absent)
      }
      if let path {
        if await isThere(path), heldUntil == nil { return path }
      } else if let device {
        return device.node
      } else {
        change(to: conflict.map { .failed($0) } ?? .absent)
        await rest(nil)
      }
    }
  }

  /// Waits until something is at a path, or the board is woken.
  private func isThere(_ path: String) async -> Bool {
    let search = Task { try await waitForPath(path) }
    pathSearch = search
    defer { pathSearch = nil }
    return await withTaskCancellationHandler {
      (try? await search.value) != nil
    } onCancel: {
      search.cancel()
    }
  }

  /// Waits for a time, nil for ever, or until the board is woken.
  private func rest(_ duration: Duration?) async {
    let alarm = duration.map { duration in
      eventLoop.scheduleTask(in: TimeAmount(duration)) { [weak self] in
        self?.assumeIsolated { $0.wake() }
      }
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        // It may have been woken, or cancelled, on the way here.
        if isWoken || Task.isCancelled { continuation.resume() } else { sleeper = continuation }
      }
    } onCancel: {
      Task { await self.wake() }
    }
    isWoken = false
    alarm?.cancel()
  }

  /// Has the board look again at what there is.
  func wake() {
    isWoken = true
    pathSearch?.cancel()
    sleeper?.resume()
    sleeper = nil
  }

  // MARK: The port

  /// Opens the port off the event loop, for opening can block for seconds.
  ///
  /// - Returns: the port, its channel, and what tells it from another that has its path later.
  private func open(_ path: String) async throws -> (OpenPort, any Channel, PortMark) {
    let settings = options.serial
    let (port, pair, mark) = try await Self.blocking {
      let port = OpenPort(try SerialPort.open(path: path, settings: settings))
      let pair = try port.duplicatedPair()
      return (port, pair, PortMark(of: pair.input))
    }.get()
    let channel = try await NIOPipeBootstrap(group: eventLoop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(LineHandler(board: self))
        }
      }
      .takingOwnershipOfDescriptors(input: pair.input, output: pair.output)
      .get()
    return (port, channel, mark)
  }

  /// Serves until the line ends or the task is cancelled.
  private func serve(_ channel: any Channel) async {
    lineOpened(channel)
    await withTaskCancellationHandler {
      try? await channel.closeFuture.get()
    } onCancel: {
      Task { await self.leave(.left, farewell: "the gateway stops") }
    }
    lineClosed()
  }

  /// Gives the line up: requests are answered, the board is told, and the line closed.
  func leave(_ cause: ExchangeError.Cause, farewell: String) async {
    guard let channel else { return }
    closing = cause
    lineClosed(farewell: farewell)
    try? await channel.closeFuture.get()
  }

  // MARK: Coming and going

  func attached() {
    guard !isAttached else { return }
    isAttached = true
    generation += 1
    guard let node = port else { return }
    report(
      .attached(
        AttachedDevice(
          node: node, vendorID: device?.vendorID.map(hex), productID: device?.productID.map(hex),
          serialNumber: device?.serialNumber, manufacturer: device?.manufacturer,
          product: device?.product)))
  }

  func detached() {
    guard isAttached else { return }
    isAttached = false
    report(.detached(node: port ?? ""))
  }

  /// Threads for calls that a dying device can block, apart from all else that needs threads.
  private static let openers: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: 16)
    pool.start()
    return pool
  }()

  static func blocking<T: Sendable>(
    _ body: @escaping @Sendable () throws -> T
  ) async -> Result<T, any Error> {
    do { return .success(try await openers.runIfActive(body)) } catch { return .failure(error) }
  }
}
