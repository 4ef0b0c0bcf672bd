import LinkProtocol
import NIOCore
import NIOPosix
import SerialIO

/// A board's life: its port appears, is opened, goes, and appears again.
extension Board {
  /// Looks after the board until the task is cancelled.
  public func run() async {
    defer { hub.finish() }
    var pause: Duration = .milliseconds(100)
    while !Task.isCancelled {
      do {
        try await waitForPath(configuration.path)
        change(to: .opening)
        let channel = try await openLine()
        pause = .milliseconds(100)
        await serve(channel)
      } catch is CancellationError {
        return
      } catch let error as SerialPortError where error.code == .notFound || error.code == .gone {
        change(to: .absent)
      } catch {
        change(to: .failed("\(error)"))
        pause = min(pause * 2, .seconds(5))
      }
      try? await Task.sleep(for: pause)
    }
  }

  /// Opens the port off the event loop, for opening can block.
  private func openLine() async throws -> any Channel {
    let path = configuration.path
    let settings = configuration.serial
    let pair = try await NIOThreadPool.singleton.runIfActive {
      try SerialPort.open(path: path, settings: settings).release()
    }
    return try await NIOPipeBootstrap(group: eventLoop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(LineHandler(board: self))
        }
      }
      .takingOwnershipOfDescriptors(input: pair.input, output: pair.output)
      .get()
  }

  /// Serves until the line ends or the task is cancelled.
  private func serve(_ channel: any Channel) async {
    lineOpened(channel)
    await withTaskCancellationHandler {
      try? await channel.closeFuture.get()
    } onCancel: {
      Task { await self.leave() }
    }
    lineClosed()
  }

  /// Tells the board that nobody listens any more, and lets go of the port.
  private func leave() async {
    guard let channel else { return }
    link.bye(reason: "the gateway stops", now: .now)
    if link.hasOutput {
      try? await channel.writeAndFlush(ByteBuffer(bytes: link.takeOutput()))
    }
    try? await channel.close()
  }
}
