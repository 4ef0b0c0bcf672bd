/// Where things go on a board, and what it can.
struct Place: Sendable {
  let traits: BoardTraits
  /// The directory of modules, as seen from the root: `lib`, or empty for the root itself.
  var library = ""
  var hasMemoryview = false
  var hasAsyncio = false
  var hasExecfile = false
  /// It is a process of an operating system.
  var isHosted = false
  /// Nil when it takes no bytecode.
  var mpyVersion: Int?

  /// Asks the board.
  static func ask(_ session: REPLSession) async throws(ManagingError) -> Place {
    let traits = try await session.traits
    let answer = try await session.run(.place, "")
    guard let place = Place(answer, traits) else {
      throw ManagingError(.unintelligible(asked: "where modules are", answer: answer))
    }
    return place
  }

  private init?(_ answer: String, _ traits: BoardTraits) {
    self.traits = traits
    for word in answer.split(whereSeparator: \.isWhitespace) {
      switch word {
      case "lib": library = "lib"
      case "memoryview": hasMemoryview = true
      case "asyncio": hasAsyncio = true
      case "execfile": hasExecfile = true
      case "hosted": isHosted = true
      case "bytecode": break
      default:
        guard let number = Int(word) else { return nil }
        mpyVersion = number == 0 ? nil : number
      }
    }
  }

  /// Such as have no memory for the packages of others.
  var isSmall: Bool { !hasMemoryview || traits.input != .stdin }

  /// The packages that an application needs.
  ///
  /// - Throws: with cause `unsupported` when the board cannot have one of them.
  func packages(for application: Application) throws(ManagingError) -> [DevicePackage] {
    let wanted = DevicePackage.all.filter { !$0.modules.isDisjoint(with: application.imports) }
    for package in wanted where package.needsAsyncio && (isSmall || !hasAsyncio) {
      throw ManagingError(
        .unsupported(
          "the application needs \(package.name), and so asyncio, which the board does not have; "
            + "write it for httpserver"))
    }
    if isSmall { return [.small] }
    if !wanted.isEmpty { return wanted }
    return DevicePackage.all.filter { $0.isUsual && (hasAsyncio || !$0.needsAsyncio) }
  }
}
