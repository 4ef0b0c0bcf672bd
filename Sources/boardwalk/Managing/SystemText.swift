import Glibc

/// The system's words for an error number, in small letters.
enum SystemText {
  static func of(_ number: CInt) -> String {
    strerror(number).map { String(cString: $0).lowercased() } ?? "error \(number)"
  }
}
