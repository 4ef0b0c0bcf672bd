/// A file of the device side, as it is in `Protocol/device`.
public struct DeviceFile: Sendable {
  /// Relative to `Protocol/device`, such as `boardlink/link.py`.
  public let path: String
  public let text: String
}
