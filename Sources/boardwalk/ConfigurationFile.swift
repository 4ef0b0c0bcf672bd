import ArgumentParser
import Boards
import Foundation

/// The settings that a file can give; see the README.
struct ConfigurationFile: Decodable {
  var listen: String?
  var domain: String?
  var forward: String?
  var maxBody: Int?
  var deadline: Double?
  var boards: [Entry]?

  struct Entry: Decodable {
    var name: String
    var path: String
    var baud: Int?

    func configuration() throws(BoardConfigurationError) -> BoardConfiguration {
      let baud = baud.map { ",baud=\($0)" } ?? ""
      return try BoardConfiguration(argument: "\(name)=\(path)\(baud)")
    }
  }

  /// - Throws: an error that names the file, and the setting that is wrong.
  static func read(path: String) throws -> ConfigurationFile {
    do {
      let data = try Data(contentsOf: URL(filePath: path))
      let decoder = JSONDecoder()
      try UnknownKeys.check(
        data, known: ["listen", "domain", "forward", "maxBody", "deadline", "boards"])
      return try decoder.decode(ConfigurationFile.self, from: data)
    } catch let error as DecodingError {
      throw ValidationError("\(path): \(explain(error))")
    } catch let error as ValidationError {
      throw ValidationError("\(path): \(error.message)")
    } catch {
      throw ValidationError("\(path) cannot be read: \(error.localizedDescription)")
    }
  }

  private static func explain(_ error: DecodingError) -> String {
    func place(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
      return path.isEmpty ? "the file" : path.joined(separator: ".")
    }
    switch error {
    case .typeMismatch(let type, let context):
      return "\(place(context)) should be a \(type)."
    case .keyNotFound(let key, let context):
      return "\(place(context)) lacks \"\(key.stringValue)\"."
    case .valueNotFound(_, let context):
      return "\(place(context)) is null; give a value or leave it out."
    case .dataCorrupted(let context):
      return "\(place(context)) is no JSON: \(context.debugDescription)"
    @unknown default:
      return "\(error)"
    }
  }
}

/// Finds settings that nobody reads, such as misspelt ones.
private enum UnknownKeys {
  static func check(_ data: Data, known: Set<String>) throws {
    // What is no JSON at all is for the decoder to tell.
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      return
    }
    for key in object.keys.sorted() where !known.contains(key) {
      throw ValidationError(
        "\"\(key)\" is no setting. There are: \(known.sorted().joined(separator: ", ")).")
    }
  }
}
