/// Bounds what an event carries, so that no board and no client can fill the log with a few events.
enum PayloadLimit {
  /// Longest console line, traceback or emitted data, in bytes, with the mark.
  static let text = 8192
  /// Longest name, path, reason or other short text, in bytes, with the mark.
  static let name = 1024

  /// Which part of a text that is too long is worth more.
  enum Part { case start, end }

  /// The text, or a part of it and a mark that tells its length; at most `limit` bytes.
  ///
  /// It is cut between Unicode scalars.
  static func cut(_ text: String, to limit: Int, keeping part: Part = .start) -> String {
    guard text.utf8.count > limit else { return text }
    return String(decoding: cut(Array(text.utf8), to: limit, keeping: part), as: UTF8.self)
  }

  /// The same for bytes that should be UTF-8.
  static func cut(_ bytes: [UInt8], to limit: Int, keeping part: Part = .start) -> [UInt8] {
    guard bytes.count > limit else { return bytes }
    switch part {
    case .start:
      let mark = Array("… (cut, \(bytes.count) bytes)".utf8)
      var end = limit - mark.count
      // A scalar has at most three continuation bytes; more than that is no UTF-8 anyway.
      for _ in 0..<3 where isContinuation(bytes[end]) { end -= 1 }
      return bytes[..<end] + mark
    case .end:
      let mark = Array("(cut, \(bytes.count) bytes) …".utf8)
      var start = bytes.count - (limit - mark.count)
      for _ in 0..<3 where isContinuation(bytes[start]) { start += 1 }
      return mark + bytes[start...]
    }
  }

  private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}

extension EventKind {
  /// The same with every text within its bound.
  var bounded: EventKind {
    switch self {
    case .attached(let device): .attached(device.bounded)
    case .detached(let node): .detached(node: short(node))
    case .state(let name, let reason): .state(name: short(name), reason: reason.map(short))
    case .console(let line): .console(line: PayloadLimit.cut(line, to: PayloadLimit.text))
    case .emit(let name, let data):
      .emit(name: short(name), data: PayloadLimit.cut(data, to: PayloadLimit.text))
    case .exception(let traceback, let method, let path):
      // MicroPython names the exception in a traceback's last line.
      .exception(
        traceback: PayloadLimit.cut(traceback, to: PayloadLimit.text, keeping: .end),
        method: method.map(short), path: path.map(short))
    case .reset(let reason): .reset(reason: short(reason))
    case .request(let method, let path, let status, let duration):
      .request(
        method: short(method), path: short(path), status: status, durationMicroseconds: duration)
    case .lost: self
    }
  }

  /// Bytes of its texts.
  var byteCount: Int {
    switch self {
    case .attached(let device): device.byteCount
    case .detached(let node): node.utf8.count
    case .state(let name, let reason): name.utf8.count + (reason?.utf8.count ?? 0)
    case .console(let line): line.utf8.count
    case .emit(let name, let data): name.utf8.count + data.count
    case .exception(let traceback, let method, let path):
      traceback.utf8.count + (method?.utf8.count ?? 0) + (path?.utf8.count ?? 0)
    case .reset(let reason): reason.utf8.count
    case .request(let method, let path, _, _): method.utf8.count + path.utf8.count
    case .lost: 0
    }
  }
}

extension AttachedDevice {
  fileprivate var bounded: AttachedDevice {
    AttachedDevice(
      node: short(node), vendorID: vendorID.map(short), productID: productID.map(short),
      serialNumber: serialNumber.map(short), manufacturer: manufacturer.map(short),
      product: product.map(short))
  }

  fileprivate var byteCount: Int {
    [vendorID, productID, serialNumber, manufacturer, product].reduce(node.utf8.count) {
      $0 + ($1?.utf8.count ?? 0)
    }
  }
}

private func short(_ text: String) -> String { PayloadLimit.cut(text, to: PayloadLimit.name) }
