import APIClient
import ArgumentParser
import Boards
import Configuration
import EventHistory
import Foundation
import Gateway
import Logging

/// What a gateway is to do, put together of flags, environment and file, and checked.
struct Settings {
  var gateway = GatewayConfiguration()
  /// Flags' first, then the file's; no name and no path comes twice.
  var boards: [BoardEntry] = []
  /// For boards that have none of their own.
  var deadline: Duration = .seconds(30)
  /// Whether MicroPython's own ids are claimed.
  var claimsByDefault = true
  /// Where to keep what outlives the program; nil where the environment names no place for it.
  var stateDirectory: String?
  /// Nil: none is kept.
  var history: HistorySettings? = HistorySettings()
  var logLevel: Logger.Level = .info
  /// Each setting's value in words, and where it comes from.
  var origins: [Line] = []

  /// How much of the events is kept.
  struct HistorySettings: Equatable {
    var days = 30
    var megabytes = 256
  }

  /// A setting as `boardwalk config` shows it.
  struct Line: Equatable {
    var name: String
    var value: String
    var origin: SettingOrigin
  }

  /// The boards' configurations, with the deadline that holds for each.
  var configurations: [BoardConfiguration] {
    boards.map { board in
      var configuration = board.configuration
      if !board.hasDeadline { configuration.options.deadline = deadline }
      return configuration
    }
  }

  /// Where the history is and how much of it is kept; nil when there is none, or no place for it.
  var historyConfiguration: HistoryConfiguration? {
    guard let history, let stateDirectory else { return nil }
    return HistoryConfiguration(
      directory: stateDirectory, maximumAge: .seconds(history.days * 86_400),
      maximumBytes: history.megabytes << 20)
  }

  /// What is claimed besides.
  var defaults: [Claim] {
    guard claimsByDefault else { return [] }
    return Claim.defaults.map { claim in
      var claim = claim
      claim.options.deadline = deadline
      return claim
    }
  }

  /// - Throws: ``SettingProblems``, all of them.
  init(_ sources: SettingSources, boards arguments: [BoardEntry] = []) throws(SettingProblems) {
    var check = SettingCheck(sources)
    if let address = check.address() {
      gateway.host = address.host
      gateway.port = address.port
      gateway.socketPath = address.socketPath
    }
    gateway.domain = check.text(.domain, usual: "none")
    if let list = check.text(.forward, usual: "the usual fields") {
      gateway.forwardedFields = ForwardedFields(list: list)
    }
    gateway.largestBody = check.number(.maxBody, usual: gateway.largestBody, 1...(1 << 40))
    deadline = .seconds(check.seconds(.deadline, usual: 30, upTo: 86_400))
    claimsByDefault = check.bool(.defaults, usual: true)
    gateway.allowsManaging = check.bool(.manage, usual: false)
    stateDirectory = check.stateDirectory()
    let hasHistory = check.bool(.history, usual: true)
    let days = check.number(.historyDays, usual: 30, 1...36_500)
    let megabytes = check.number(.historyMegabytes, usual: 256, 1...1_048_576)
    history = hasHistory ? HistorySettings(days: days, megabytes: megabytes) : nil
    logLevel = check.logLevel()
    boards = check.boards(arguments)
    origins = check.lines
    guard check.problems.isEmpty else { throw SettingProblems(problems: check.problems) }
  }

  /// Where the gateway listens.
  var address: GatewayAddress {
    gateway.socketPath.map { GatewayAddress(socketPath: $0) }
      ?? GatewayAddress(host: gateway.host, port: gateway.port)
  }

  /// Where clients find the gateway, for people.
  ///
  /// - Parameter port: the one that it listens on.
  func url(port: Int) -> String {
    var address = address
    guard address.socketPath == nil else { return address.description }
    address.port = port
    return "http://\(address)"
  }

  /// For commands whose only settings these are.
  ///
  /// - Throws: `ValidationError`.
  static func forCommands(
    flags: [SettingKey: ConfigContent] = [:], file: String? = nil
  ) throws -> Settings {
    do throws(SettingProblems) {
      return try Settings(
        SettingSources(
          flags: flags, environment: ProcessInfo.processInfo.environment,
          file: file.map(ConfigurationFile.init)))
    } catch {
      throw ValidationError(error.description)
    }
  }

  /// The settings, other than boards, whose values differ and which only a restart changes.
  func needsRestart(since old: Settings) -> [String] {
    zip(origins, old.origins).compactMap { new, old in
      new.value == old.value || SettingKey(rawValue: new.name)?.isReloadable ?? true
        ? nil : new.name
    }
  }
}
