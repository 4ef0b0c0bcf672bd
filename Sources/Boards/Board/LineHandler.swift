import NIOCore

/// Passes what the line brings to its board, on the loop that both run on.
final class LineHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let board: Board

  init(board: Board) {
    self.board = board
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    board.assumeIsolated { $0.received(buffer) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // A terminal whose other end went away says so with EIO.
    context.close(promise: nil)
  }
}
