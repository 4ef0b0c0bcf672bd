/// Which events a subscriber wants.
public struct EventFilter: Sendable, Hashable {
  /// Only events of these boards; nil for those of every board and of the gateway itself.
  public let boards: Set<String>?
  /// Only events of these types; nil for every type.
  public let types: Set<EventType>?
  /// The bits of the types.
  let typeBits: UInt16

  /// Every event.
  public static let everything = EventFilter()

  public init(boards: Set<String>? = nil, types: Set<EventType>? = nil) {
    self.boards = boards
    self.types = types
    typeBits = types?.reduce(0) { $0 | $1.bit } ?? .max
  }

  /// Most boards that a client may name.
  public static let boardLimit = 64

  /// Reads what a client asks for.
  ///
  /// - Parameters:
  ///   - boardValues: the value of each `board=`, decoded; names with commas between them.
  ///   - typeValues: the value of each `type=`, in the same form.
  /// - Throws: ``EventFilterError`` for an unknown type, an empty name, or too many boards.
  public init(
    boardValues: [String], typeValues: [String]
  ) throws(EventFilterError) {
    var types: Set<EventType> = []
    for name in try Self.names(typeValues, parameter: "type", limit: 256) {
      guard let type = EventType(rawValue: name) else {
        let known = EventType.allCases.map(\.rawValue).joined(separator: ", ")
        throw EventFilterError(
          "\"\(name.prefix(40))\" is no type of event. Ask for some of \(known).")
      }
      types.insert(type)
    }
    let boards = Set(try Self.names(boardValues, parameter: "board", limit: Self.boardLimit))
    self.init(
      boards: boardValues.isEmpty ? nil : boards, types: typeValues.isEmpty ? nil : types)
  }

  /// Whether a subscriber with this filter gets the event.
  public func matches(_ event: Event) -> Bool {
    guard typeBits & event.type.bit != 0 else { return false }
    guard let boards else { return true }
    guard let board = event.board else { return false }
    return boards.contains(board)
  }

  /// Whether nothing is left out.
  var isEverything: Bool { boards == nil && types == nil }

  private static func names(
    _ values: [String], parameter: String, limit: Int
  ) throws(EventFilterError) -> [String] {
    var names: [String] = []
    for value in values {
      for name in value.split(separator: ",", omittingEmptySubsequences: false) {
        guard !name.isEmpty else {
          throw EventFilterError(
            "\(parameter)= has an empty name. Write \(parameter)=NAME or \(parameter)=NAME,NAME, "
              + "or leave it out.")
        }
        guard names.count < limit else {
          throw EventFilterError(
            "\(parameter)= has more than \(limit) names. Leave it out to get all, "
              + "or open several streams.")
        }
        names.append(String(name))
      }
    }
    return names
  }
}

/// What is wrong with a filter that a client asked for.
public struct EventFilterError: Error, Sendable, CustomStringConvertible {
  /// What is wrong, and what to write instead.
  public let description: String

  init(_ description: String) { self.description = description }
}
