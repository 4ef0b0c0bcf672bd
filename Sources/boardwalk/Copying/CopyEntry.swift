/// Something in a tree of files, on this machine or on a board.
struct CopyEntry: Equatable, Sendable {
  enum Kind: Sendable {
    case file, directory
    /// A link, a device: left alone.
    case other
  }

  /// From the tree's root, such as `lib/app.py`; empty for the root itself.
  var path: String
  var kind: Kind
  /// In bytes; of files.
  var size = 0
  /// CRC-32 as boards give it, where it is known already.
  var checksum: String?
}
