import Boards
import HTTPTypes
import NIOCore

/// Streams of events, which end here.
extension ExpressLane {
  func asksForEvents(_ head: HTTPRequest) -> Bool {
    guard head.method == .get, head.path?.hasPrefix("/api/v1/") == true,
      case .gateway(let path)? = try? dispatch.destination(of: head, site: &site)
    else { return false }
    return GatewayAPI.EventSource(path: path) != nil
  }

  func stream(to head: HTTPRequest, _ context: ChannelHandlerContext) {
    do throws(Problem) {
      let query = try GatewayAPI(dispatch: dispatch).events(for: head)
      var response = HTTPResponse(status: .ok)
      dispatch.date.stamp(&response)
      let stream = EventStream(query, of: dispatch.boards.log, head: response, on: context) {
        context.close(promise: nil)
      }
      state = .streaming(stream)
      stream.pump()
    } catch {
      reply(.problem(error), to: head, context)
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if case .streaming(let stream) = state { stream.pump() }
    context.fireChannelWritabilityChanged()
  }
}
