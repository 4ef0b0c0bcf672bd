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
    guard let address = GatewayAddress(text), address.port > 0 else {
      throw ValidationError(
        "\"\(text)\" is no gateway's address. Write HOST:PORT, such as 127.0.0.1:8080.")
    }
    return address.reachable
  }
}

/// What a query string may hold as it is.
extension String {
  /// With all bytes but letters, digits and `-._~` as `%XX`.
  var percentEncoded: String {
    utf8.map { byte in
      let scalar = Unicode.Scalar(byte)
      let isPlain =
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
        || "-._~".unicodeScalars.contains(scalar)
      return isPlain ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }
}
