/// What a URL may hold.
extension String {
  /// With all bytes but letters, digits and `-._~` as `%XX`, for a value in a query or one
  /// component of a path.
  public var percentEncoded: String { encoded(keeping: "-._~") }

  /// The same, with slashes as they are, for a path.
  public var percentEncodedPath: String { encoded(keeping: "-._~/") }

  private func encoded(keeping others: String) -> String {
    utf8.map { byte in
      let scalar = Unicode.Scalar(byte)
      let isPlain =
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
        || others.unicodeScalars.contains(scalar)
      return isPlain ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }
}
