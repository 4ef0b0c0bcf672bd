/// What an event is as a JSON object.
enum EventJSON {
  static func write(_ event: Event, to out: inout [UInt8]) {
    var members = members(of: event.kind)
    if let board = event.board { members.append(("board", .text(board))) }
    members.append(("id", .text(event.id.description)))
    members.append(("time", .text(Timestamp.text(event.time))))
    members.append(("type", .text(event.type.rawValue)))
    JSONText.write(members, to: &out)
  }

  /// The members that only this kind has; what is not known is left out.
  private static func members(of kind: EventKind) -> [(key: String, value: JSONText.Value)] {
    let members: [(key: String, value: String?)]
    switch kind {
    case .emit(let name, let data): return [("data", .bytes(data)), ("name", .text(name))]
    case .lost(let count): return [("count", .number(Int64(count)))]
    case .request(let method, let path, let status, let duration):
      return [
        ("durationMicroseconds", .number(duration)), ("method", .text(method)),
        ("path", .text(path)), ("status", .number(Int64(status))),
      ]
    case .attached(let device):
      members = [
        ("manufacturer", device.manufacturer), ("node", device.node), ("product", device.product),
        ("productID", device.productID), ("serialNumber", device.serialNumber),
        ("vendorID", device.vendorID),
      ]
    case .detached(let node): members = [("node", node)]
    case .state(let name, let reason): members = [("reason", reason), ("state", name)]
    case .console(let line): members = [("line", line)]
    case .exception(let traceback, let method, let path):
      members = [("method", method), ("path", path), ("traceback", traceback)]
    case .reset(let reason): members = [("reason", reason)]
    }
    return members.compactMap { member in member.value.map { (member.key, .text($0)) } }
  }
}
