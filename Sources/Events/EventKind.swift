/// What happened.
public enum EventKind: Sendable, Hashable {
  /// A board's device came.
  indirect case attached(AttachedDevice)
  /// A board's device went; `node` is where it was, such as `/dev/ttyACM0`.
  case detached(node: String)
  /// A board's state changed to the one named; `reason` says why, where there is a reason.
  case state(name: String, reason: String?)
  /// A board printed a line, given without its end.
  case console(line: String)
  /// A board emitted an event; `data` should be UTF-8, and is repaired where it is shown.
  case emit(name: String, data: [UInt8])
  /// A handler raised an exception while it answered a request, or outside any request.
  case exception(traceback: String, method: String?, path: String?)
  /// A board's link started anew.
  case reset(reason: String)
  /// A request ended with an HTTP status, so many microseconds after its head had come.
  case request(method: String, path: String, status: Int, durationMicroseconds: Int64)
  /// So many events were not written to the history at this place.
  case lost(count: Int)

  /// The type, without what belongs to it.
  public var type: EventType {
    switch self {
    case .attached: .attached
    case .detached: .detached
    case .state: .state
    case .console: .console
    case .emit: .emit
    case .exception: .exception
    case .reset: .reset
    case .request: .request
    case .lost: .lost
    }
  }
}

/// What is known of a device that came; all of it is text as the system gives it.
public struct AttachedDevice: Sendable, Hashable {
  /// The device node, such as `/dev/ttyACM0`.
  public var node: String
  /// USB vendor number, four hexadecimal digits.
  public var vendorID: String?
  /// USB product number, four hexadecimal digits.
  public var productID: String?
  public var serialNumber: String?
  public var manufacturer: String?
  public var product: String?

  public init(
    node: String, vendorID: String? = nil, productID: String? = nil, serialNumber: String? = nil,
    manufacturer: String? = nil, product: String? = nil
  ) {
    self.node = node
    self.vendorID = vendorID
    self.productID = productID
    self.serialNumber = serialNumber
    self.manufacturer = manufacturer
    self.product = product
  }
}
