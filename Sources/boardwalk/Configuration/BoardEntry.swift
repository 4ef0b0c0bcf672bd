import Boards

/// A board that the user named, and where.
struct BoardEntry {
  var configuration: BoardConfiguration
  /// It has a deadline of its own.
  var hasDeadline: Bool
  var origin: SettingOrigin

  /// Reads the value of `--board`.
  init(argument: String) throws(BoardConfigurationError) {
    configuration = try BoardConfiguration(argument: argument)
    hasDeadline = argument.split(separator: ",").dropFirst().contains { $0.hasPrefix("deadline=") }
    origin = .flag("--board \(argument)")
  }

  /// Reads an element of a file's `boards`; all that is wrong goes to `problems`.
  init?(_ value: JSONValue, path: String, at key: String, problems: inout [SettingProblem]) {
    origin = .file(path, key: key)
    guard case .object(let members) = value else {
      problems.append(
        SettingProblem(
          origin,
          "should be an object, such as {\"name\": \"pico\", \"path\": \"/dev/ttyACM0\"}; it is "
            + "\(value.typeName)"))
      return nil
    }
    var found: [SettingProblem] = []
    var name: String?
    if let value = members["name"] {
      let place = SettingOrigin.file(path, key: key + ".name")
      if case .text(let text) = value {
        name = text
        do throws(BoardConfigurationError) {
          try BoardName.check(text)
        } catch {
          found.append(SettingProblem(place, error.description))
        }
      } else {
        found.append(SettingProblem(place, "should be a text; it is \(value.typeName)"))
      }
    }
    var builder = ClaimBuilder(subject: name ?? key)
    for (member, value) in members.sorted(by: { $0.key < $1.key }) where member != "name" {
      let place = SettingOrigin.file(path, key: "\(key).\(member)")
      do throws(BoardConfigurationError) {
        guard let text = try Self.text(member, value) else { continue }
        try builder.set(member, to: text)
      } catch {
        found.append(SettingProblem(place, error.description))
      }
    }
    hasDeadline = members["deadline"] != nil
    if found.isEmpty {
      do throws(BoardConfigurationError) {
        configuration = try builder.configuration(name: name)
        return
      } catch {
        found.append(SettingProblem(origin, error.description))
      }
    }
    problems += found
    return nil
  }

  /// The text that ``ClaimBuilder`` takes, of a value of the right type.
  private static func text(
    _ key: String, _ value: JSONValue
  ) throws(BoardConfigurationError) -> String? {
    guard ClaimBuilder.keys.contains(key) else {
      let known = (["name"] + ClaimBuilder.keys).joined(separator: ", ")
      throw BoardConfigurationError("is no setting of a board; there are \(known)")
    }
    let isNumber = ["interface", "port", "baud", "deadline"].contains(key)
    switch value {
    case .text(let text) where !isNumber: return text
    case .int(let number) where isNumber: return "\(number)"
    default:
      throw BoardConfigurationError(
        "should be \(isNumber ? "a whole number" : "a text"); it is \(value.typeName)")
    }
  }
}
