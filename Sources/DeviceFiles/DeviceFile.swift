/// A file of the device side, made from `Protocol/device` when the program was built.
public struct DeviceFile: Sendable {
  /// Relative to `Protocol/device`, such as `boardlink/link.py`.
  public let path: String
  public let text: String
  /// The same module compiled to .mpy, format 6, for every processor; nil where it is no module
  /// that boards import.
  public let bytecode: [UInt8]?

  /// - Parameter bytecode: a character for each byte.
  init(path: String, text: String, bytecode: String? = nil) {
    self.path = path
    self.text = text
    self.bytecode = bytecode.map { $0.unicodeScalars.map { UInt8($0.value) } }
  }

  /// What to store on a board: bytecode where it reads that, for it takes less of its memory.
  ///
  /// - Parameter mpyVersion: the board's `sys.implementation._mpy`; nil when it has none.
  /// - Returns: the ending of the file's name, and the file.
  public func contents(mpyVersion: Int?) -> (suffix: String, bytes: [UInt8]) {
    // The other bits say which machine code the board takes; there is none in here.
    if let bytecode, let mpyVersion, mpyVersion & 0xFF == 6 { return (".mpy", bytecode) }
    return (String(path[(path.lastIndex(of: ".") ?? path.endIndex)...]), Array(text.utf8))
  }
}
