/// What a board said of itself in WELCOME (spec, "Handshake").
public struct BoardIdentity: Sendable, Equatable {
  /// Protocol version, `v`.
  public var version: UInt8
  /// Another after each start of the board's program, `b`.
  public var bootID: String
  /// For example `micropython 1.29.0`, `i`; empty when the board does not say.
  public var implementation: String
  /// The machine, `m`; empty when the board does not say.
  public var machine: String
  /// The package that serves, `a`; empty when the board does not say.
  public var package: String
  /// Largest escaped body of a frame towards the board, `f`, in bytes.
  public var largestBody: Int
  /// Largest head of a request, `h`, in bytes.
  public var largestHead: Int
  /// Bytes of sequenced frames that may be under way to the board, `w`.
  public var window: Int
  /// Frames that the board may have unacknowledged, `q`.
  public var slots: Int
  /// Streams, numbered from 1, `n`.
  public var streams: Int
  /// Bytes of DATA that the host may send on a new stream before the first CREDIT, `k`.
  public var initialCredit: Int
  /// The check in use, `c`.
  public var check: CheckKind
}

/// Why a WELCOME makes no session.
public enum WelcomeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The board speaks another version.
  case version(UInt8)
  /// A key that every WELCOME has is not there.
  case missing(key: String)
  /// A value is no number, or out of its range.
  case value(key: String, value: String)
  /// The check that it says is not the one that it has.
  case check(CheckKind)
  /// More than 512 bytes, or too few for the nonce.
  case size(Int)

  public var description: String {
    switch self {
    case .version(let version): "the board speaks version \(version) of the protocol"
    case .missing(let key): "WELCOME has no key \(key)"
    case .value(let key, let value): "WELCOME says \(key)=\(value), which is out of range"
    case .check(let check): "WELCOME says c=\(check.name), and has another check"
    case .size(let size): "WELCOME of \(size) bytes"
    }
  }
}

/// A route that the board serves.
public struct Route: Sendable, Hashable {
  public var method: String
  public var path: String

  public init(method: String, path: String) {
    self.method = method
    self.path = path
  }
}
