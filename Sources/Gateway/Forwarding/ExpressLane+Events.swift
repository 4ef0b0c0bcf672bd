import Boards
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Streams of events, which end here.
extension ExpressLane {
  func asksForEvents(_ head: HTTPRequestHead) -> Bool {
    guard head.method == .GET, head.uri.hasPrefix("/api/v1/"),
      case .gateway(let path)? = destination(of: head)
    else { return false }
    return GatewayAPI.EventSource(path: path) != nil
  }

  func stream(to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    guard let request = try? HTTPRequest(head, secure: false, splitCookie: false) else {
      return context.close(promise: nil)
    }
    do throws(Problem) {
      let query = try GatewayAPI(dispatch: dispatch).events(for: request)
      var response = HTTPResponseHead(version: .http1_1, status: .ok)
      complete(&response, for: head)
      let stream = EventStream(query, of: dispatch.boards.log, head: response, on: context) {
        context.close(promise: nil)
      }
      state = .streaming(stream)
      stream.pump()
    } catch {
      reply(.problem(error), to: head, context)
    }
  }
}
