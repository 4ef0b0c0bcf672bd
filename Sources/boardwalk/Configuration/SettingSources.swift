import Configuration
import Synchronization

/// Flags over the environment over a file.
struct SettingSources {
  var flags: [SettingKey: ConfigContent] = [:]
  /// `BOARDWALK_…` of the environment; a variable that is empty counts as not there.
  var environment: [String: String] = [:]
  var file: ConfigurationFile?

  /// The variables of the environment stand for settings with this before their names.
  private static let prefix = "boardwalk"

  /// A value, and where it comes from.
  struct Found {
    var content: ConfigContent
    var origin: SettingOrigin
  }

  /// Looks a setting up.
  ///
  /// - Throws: ``SettingProblem`` when what is found first cannot be such a value.
  func reader() -> Reader { Reader(self) }

  /// Reads by swift-configuration, which says by its access reporter which source it was.
  struct Reader {
    private let sources: SettingSources
    private let config: ConfigReader
    private let accesses = Accesses()

    fileprivate init(_ sources: SettingSources) {
      self.sources = sources
      let environment = EnvironmentVariablesProvider(
        environmentVariables: sources.environment.filter { !$0.value.isEmpty })
      config = ConfigReader(
        providers: [
          Self.provider("flags", sources.flags),
          environment.prefixKeys(with: ConfigKey(SettingSources.prefix)),
          Self.provider("file", sources.file?.values ?? [:]),
        ], accessReporter: accesses)
    }

    private static func provider(
      _ name: String, _ values: [SettingKey: ConfigContent]
    ) -> InMemoryProvider {
      InMemoryProvider(
        name: name,
        values: Dictionary(
          uniqueKeysWithValues: values.map { key, content in
            (AbsoluteConfigKey([key.rawValue]), ConfigValue(content, isSecret: false))
          }))
    }

    /// - Returns: nil when no source has it.
    /// - Throws: when the first source that has it has something else.
    func find(_ key: SettingKey) throws(SettingProblem) -> Found? {
      let name = ConfigKey([key.rawValue])
      let content: ConfigContent? =
        switch key.type {
        case .int: config.int(forKey: name).map { .int($0) }
        case .double: config.double(forKey: name).map { .double($0) }
        case .bool: config.bool(forKey: name).map { .bool($0) }
        default: config.string(forKey: name).map { .string($0) }
        }
      // Those before the last had nothing.
      let results = accesses.last
      let origin = origin(of: key, results)
      if let content { return Found(content: content, origin: origin) }
      guard case .failure = results.last?.result else { return nil }
      throw SettingProblem(
        origin, "should be \(key.typeName), such as \(key.example); \(mistake(origin))")
    }

    private func origin(
      of key: SettingKey, _ results: [AccessEvent.ProviderResult]
    ) -> SettingOrigin {
      switch results.count {
      case 1: .flag(key.flag)
      case 2: .environment(variable(key))
      default: .file(sources.file?.path ?? "", key: key.rawValue)
      }
    }

    private func mistake(_ origin: SettingOrigin) -> String {
      guard case .environment(let name) = origin, let value = sources.environment[name] else {
        return "it is something else"
      }
      return "it is \"\(value.prefix(80))\""
    }

    /// As swift-configuration makes it: `maxBody` is BOARDWALK_MAX_BODY.
    private func variable(_ key: SettingKey) -> String {
      var name = SettingSources.prefix.uppercased() + "_"
      for character in key.rawValue {
        if character.isUppercase { name.append("_") }
        name.append(character.uppercased())
      }
      return name
    }
  }

  /// What was answered to the last question, by each source that was asked.
  private final class Accesses: AccessReporter {
    private let results = Mutex<[AccessEvent.ProviderResult]>([])

    var last: [AccessEvent.ProviderResult] { results.withLock { $0 } }

    func report(_ event: AccessEvent) {
      results.withLock { $0 = event.providerResults }
    }
  }
}
