import Configuration
import Foundation

/// A file of settings: one JSON object, checked to the last key.
struct ConfigurationFile {
  let path: String
  private(set) var values: [SettingKey: ConfigContent] = [:]
  private(set) var boards: [BoardEntry] = []
  /// All that is wrong with it.
  private(set) var problems: [SettingProblem] = []

  /// No file of settings is as long as this.
  private static let largest = 1 << 20

  /// Reads it; what is wrong is in ``problems``.
  init(path: String) {
    self.path = path
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      let data = try file.read(upToCount: Self.largest + 1) ?? Data()
      guard data.count <= Self.largest else {
        complain("", "has more than \(Self.largest) bytes, and cannot be read as settings")
        return
      }
      read(try JSONReader.read(Array(data)))
    } catch let error as JSONReader.Failure {
      complain("", "is no JSON: \(error)")
    } catch {
      complain("", "cannot be read: \(Self.explain(error))")
    }
  }

  private mutating func read(_ document: JSONValue) {
    guard case .object(let members) = document else {
      return complain("", "should be an object, such as {\"listen\": \"127.0.0.1:8080\"}")
    }
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      if name == "boards" {
        readBoards(value)
      } else if let key = SettingKey(rawValue: name) {
        if let content = Self.content(of: value, as: key.type) {
          values[key] = content
        } else {
          complain(
            name, "should be \(key.typeName), such as \(key.example); it is \(value.typeName)")
        }
      } else {
        let known = (SettingKey.allCases.map(\.rawValue) + ["boards"]).sorted()
        complain(name, "is no setting; there are \(known.joined(separator: ", "))")
      }
    }
  }

  private mutating func readBoards(_ value: JSONValue) {
    guard case .list(let entries) = value else {
      return complain("boards", "should be a list of objects; it is \(value.typeName)")
    }
    for (index, entry) in entries.enumerated() {
      let key = "boards[\(index)]"
      if let board = BoardEntry(entry, path: path, at: key, problems: &problems) {
        boards.append(board)
      }
    }
  }

  private mutating func complain(_ key: String, _ text: String) {
    problems.append(SettingProblem(.file(path, key: key), text))
  }

  private static func content(of value: JSONValue, as type: ConfigType) -> ConfigContent? {
    switch (value, type) {
    case (.text(let text), .string): .string(text)
    case (.int(let number), .int): .int(number)
    case (.int(let number), .double): .double(Double(number))
    case (.double(let number), .double): .double(number)
    case (.bool(let value), .bool): .bool(value)
    default: nil
    }
  }

  private static func explain(_ error: any Error) -> String {
    let error = error as NSError
    let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
    guard cause.domain == NSPOSIXErrorDomain, let text = strerror(CInt(cause.code)) else {
      return error.localizedDescription
    }
    return String(cString: text).lowercased()
  }
}
