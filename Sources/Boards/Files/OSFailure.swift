/// An `OSError` that a board raised.
struct OSFailure: Equatable {
  /// Its number, as MicroPython has them on every board.
  let number: Int

  /// - Parameter traceback: of any exception; nil when it is no `OSError` with a number.
  init?(_ traceback: String) {
    guard let last = traceback.split(whereSeparator: \.isNewline).last,
      last.hasPrefix("OSError")
    else { return nil }
    // The micro:bit has words for one of them.
    if last.contains("file not found") {
      number = 2
      return
    }
    let digits = last.drop { !$0.isNumber }.prefix { $0.isNumber }
    guard let number = Int(digits) else { return nil }
    self.number = number
  }

  static let noRoom = 28

  /// What it means for whoever wanted something at a path; nil when nobody would understand more
  /// than from the traceback.
  func error(at path: BoardPath) -> ManagingError? {
    switch number {
    case 2: ManagingError(.notFound(path: "\(path)"))
    case 1, 13: ManagingError(.conflict("the board does not permit that at \(path)"))
    case 16: ManagingError(.conflict("\(path) is in use on the board"))
    case 17: ManagingError(.conflict("\(path) is there already"))
    case 19: ManagingError(.conflict("no file system is mounted on the board at \(path)"))
    case 20: ManagingError(.conflict("a directory in \(path) is a file"))
    case 21: ManagingError(.conflict("\(path) is a directory"))
    case 22, 36:
      ManagingError(.conflict("the board's file system takes no such name as \(path)"))
    case 30: ManagingError(.conflict("the board's file system at \(path) is read-only"))
    case 39, 66: ManagingError(.conflict("\(path) is not empty"))
    default: nil
    }
  }
}
