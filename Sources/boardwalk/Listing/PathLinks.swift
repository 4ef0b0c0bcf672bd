import Boards
import Glibc

/// Where symbolic links lead.
enum PathLinks {
  /// By path; a path that leads nowhere stays as it is.
  static func resolved(_ paths: [String]) -> [String: String] {
    Dictionary(paths.map { ($0, resolved($0)) }, uniquingKeysWith: { first, _ in first })
  }

  private static func resolved(_ path: String) -> String {
    guard let found = realpath(path, nil) else { return path }
    defer { free(found) }
    return String(cString: found)
  }
}

extension BoardConfiguration {
  /// As a claim, as the gateway's registry takes it: a path claims whatever device is behind it.
  var asClaim: Claim {
    switch self {
    case .claim(let claim): claim
    case .path(let name, let path, let options):
      Claim(name: name, match: DeviceMatch(path: path), options: options)
    }
  }
}
