import ArgumentParser
import Boards

/// Which board a command is about: one of a gateway, or one at a port of this machine.
struct BoardChoice: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The board's port, in place of its name, when no gateway has it. Keys are those of `boardwalk "
        + "serve --board`.", valueName: "path[,baud=n]"))
  var port: String?

  @OptionGroup var choice: GatewayChoice

  /// Finds out which board is meant.
  ///
  /// - Parameters:
  ///   - words: the arguments as far as there are any: the board's name first, unless a port was
  ///     given.
  ///   - range: how many there may be behind the name.
  ///   - what: there should be, for messages.
  /// - Returns: the board, and the arguments behind its name.
  /// - Throws: `ValidationError`.
  func place(
    _ words: [String?], _ range: ClosedRange<Int> = 0...0, _ what: String = "nothing else"
  ) throws -> (place: BoardPlace, rest: [String]) {
    var rest = words.compactMap { $0 }
    let place: BoardPlace
    if let port = try portPlace() {
      place = port
    } else {
      guard !rest.isEmpty else {
        throw ValidationError("Which board? Give its name, or its port with --port.")
      }
      place = try named(rest.removeFirst())
    }
    guard range.contains(rest.count) else {
      throw ValidationError(
        "Besides the board there should be \(what); there is "
          + (rest.isEmpty ? "nothing." : rest.map { "\"\($0)\"" }.joined(separator: ", ") + "."))
    }
    return (place, rest)
  }

  /// Finds out which board is meant by paths such as `NAME:/lib`.
  ///
  /// - Throws: `ValidationError`, also when they are on more than one board.
  func place(of paths: [BoardPath]) throws -> BoardPlace {
    let names = Set(paths.compactMap(\.board))
    if let place = try portPlace() {
      guard let name = names.first else { return place }
      throw ValidationError("With --port, write :/path for a path on the board, without \(name).")
    }
    guard names.count <= 1 else {
      throw ValidationError(
        "One board at a time: here are \(names.sorted().joined(separator: ", ")).")
    }
    guard let name = names.first, paths.allSatisfy({ $0.board != nil }) else {
      throw ValidationError("Which board? Write NAME:/path, or give its port with --port.")
    }
    return try named(name)
  }

  /// The board's path in an argument that can be nothing else.
  ///
  /// - Throws: `ValidationError`.
  static func path(_ text: String) throws -> BoardPath {
    guard let path = BoardPath(text) else {
      throw ValidationError(
        "\"\(text)\" is no path on a board. Write NAME:/path, or :/path with --port.")
    }
    return path
  }

  private func portPlace() throws -> BoardPlace? {
    guard let port else { return nil }
    do throws(BoardConfigurationError) {
      return try BoardPlace(port: port)
    } catch {
      throw ValidationError(error.description)
    }
  }

  private func named(_ name: String) throws -> BoardPlace {
    let address = try choice.address(Settings.forCommands())
    do throws(BoardConfigurationError) {
      return try BoardPlace(name: name, at: address)
    } catch {
      throw ValidationError(error.description)
    }
  }
}
