import ArgumentParser
import Boards
import Configuration
import Foundation

/// All that can be said of a gateway on the command line.
struct ServeOptions: ParsableArguments {
  @Option(
    name: .customLong("board"),
    help: ArgumentHelp(
      "A board and where it is; may be given many times. PLACE is a path, usb:VVVV:PPPP, "
        + "serial:NUMBER or socket:WHERE; keys are baud, lines (default, esp, none), flow "
        + "(none, rtscts), deadline, and for devices serial, socket, interface and port. The name * "
        + "stands for one made of the device.",
      valueName: "NAME=PLACE[,KEY=VALUE…]"))
  var boards: [String] = []

  @OptionGroup var gateway: GatewayOptions

  @Flag(help: "Do not claim the ids that only MicroPython firmware has.")
  var noDefaults = false

  @Option(
    help: ArgumentHelp(
      "Where to keep what outlives the program. (default: $STATE_DIRECTORY, "
        + "$XDG_STATE_HOME/boardwalk or ~/.local/state/boardwalk)", valueName: "directory"))
  var stateDirectory: String?

  @Flag(help: "Keep no history of events.")
  var noHistory = false

  @Option(help: "Days for which events are kept. (default: 30)")
  var historyDays: Int?

  @Option(help: "Most megabytes of the history. (default: 256)")
  var historyMegabytes: Int?

  /// What was given.
  private var flags: [SettingKey: ConfigContent] {
    var flags = gateway.flags
    if noDefaults { flags[.defaults] = .bool(false) }
    flags[.stateDirectory] = stateDirectory.map { .string($0) }
    if noHistory { flags[.history] = .bool(false) }
    flags[.historyDays] = historyDays.map { .int($0) }
    flags[.historyMegabytes] = historyMegabytes.map { .int($0) }
    return flags
  }

  /// Puts flags, environment and file together.
  ///
  /// - Parameter file: read anew each time.
  /// - Throws: ``SettingProblems``.
  func settings(file: String?) throws(SettingProblems) -> Settings {
    var entries: [BoardEntry] = []
    var problems: [SettingProblem] = []
    for argument in boards {
      do throws(BoardConfigurationError) {
        entries.append(try BoardEntry(argument: argument))
      } catch {
        problems.append(SettingProblem(.flag("--board"), error.description))
      }
    }
    guard problems.isEmpty else { throw SettingProblems(problems: problems) }
    return try Settings(
      SettingSources(
        flags: flags, environment: ProcessInfo.processInfo.environment,
        file: file.map(ConfigurationFile.init)),
      boards: entries)
  }
}
