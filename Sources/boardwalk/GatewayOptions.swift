import ArgumentParser
import Gateway
import Logging

/// Options of the HTTP side.
struct GatewayOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Where to listen. (default: 127.0.0.1:8080)", valueName: "host:port"))
  var listen: String?

  @Option(
    help: ArgumentHelp(
      "NAME.DOMAIN leads to board NAME, besides NAME.localhost.", valueName: "domain"))
  var domain: String?

  @Option(
    help: ArgumentHelp(
      "More request header fields that travel to boards, parted by commas; \"all\" for all.",
      valueName: "names"))
  var forward: String?

  @Option(help: ArgumentHelp("Most bytes of a request's body. (default: 16777216)"))
  var maxBody: Int?

  @Option(
    name: .customLong("log"), help: "trace, debug, info, warning or error.",
    transform: { text in
      guard let level = Logger.Level(rawValue: text) else {
        throw ValidationError("\"\(text)\" is no log level.")
      }
      return level
    })
  var logLevel: Logger.Level = .info

  /// Options go before the file, the file before defaults.
  func configuration(file: ConfigurationFile = ConfigurationFile()) throws -> GatewayConfiguration {
    var configuration = GatewayConfiguration()
    if let listen = listen ?? file.listen {
      (configuration.host, configuration.port) = try Self.parse(listen: listen)
    }
    configuration.domain = domain ?? file.domain
    if let forward = forward ?? file.forward {
      configuration.forwardedFields = ForwardedFields(list: forward)
    }
    if let maxBody = maxBody ?? file.maxBody {
      guard maxBody > 0 else {
        throw ValidationError("--max-body is \(maxBody); it must be above 0.")
      }
      configuration.largestBody = maxBody
    }
    return configuration
  }

  /// Reads `HOST:PORT`, `[V6]:PORT`, `:PORT` (this machine) or `HOST`.
  static func parse(listen: String) throws -> (host: String, port: Int) {
    let wrong = ValidationError(
      "\"\(listen)\" is no address to listen on. Write HOST:PORT, such as 127.0.0.1:8080.")
    guard let colon = listen.lastIndex(of: ":") else { return (listen, 8080) }
    guard let port = Int(listen[listen.index(after: colon)...]), (0...65535).contains(port) else {
      throw wrong
    }
    var host = String(listen[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
    } else if host.contains(":") {
      throw wrong
    }
    return (host.isEmpty ? "127.0.0.1" : host, port)
  }
}
