import APIClient
import ArgumentParser
import Foundation

/// Which gateway a command asks.
struct GatewayChoice: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The gateway to ask. (default: $BOARDWALK_GATEWAY, where the configuration listens, or "
        + "127.0.0.1:8080)", valueName: "host:port"))
  var gateway: String?

  /// Which gateway it is.
  ///
  /// - Parameter settings: those of the gateway, for when nothing was said.
  /// - Throws: `ValidationError`.
  func address(_ settings: Settings) throws -> GatewayAddress {
    try given() ?? settings.address.reachable
  }

  /// What was said, by the option or by the environment; nil when nothing was.
  ///
  /// - Throws: `ValidationError`.
  func given() throws -> GatewayAddress? {
    let variable = ProcessInfo.processInfo.environment["BOARDWALK_GATEWAY"] ?? ""
    guard let text = gateway ?? (variable.isEmpty ? nil : variable) else { return nil }
    guard let address = GatewayAddress(text), address.port > 0 || address.socketPath != nil else {
      throw ValidationError(
        "\"\(text)\" is no gateway's address. Write HOST:PORT, such as 127.0.0.1:8080, or "
          + "unix:/PATH.")
    }
    return address.reachable
  }
}
