import APIClient
import ArgumentParser

/// Something that a command cannot do: what happened, to what, and what to do next.
struct Complaint: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// How a command says why it failed.
enum Failure {
  /// Says what went wrong on standard error.
  ///
  /// - Returns: the program's exit status; nil when all went well, or nobody wants to know.
  static func exit(of result: Result<Void, any Error>) -> ExitCode? {
    do {
      try result.get()
      return nil
    } catch is CancellationError {
      return nil
    } catch is Output.Closed {
      return nil
    } catch {
      return exit(for: error)
    }
  }

  /// Says what went wrong on standard error.
  static func exit(for error: any Error) -> ExitCode {
    if let code = error as? ExitCode { return code }
    say(text(of: error))
    if let traceback = (error as? APIError)?.problem?.traceback { say(traceback: traceback) }
    return .failure
  }

  /// Says on standard error what is wrong with the settings, a line for each.
  static func exit(for error: SettingProblems, _ status: ExitCode) -> ExitCode {
    for problem in error.problems { note("\(problem)") }
    return status
  }

  /// Says something that is no failure on standard error.
  static func note(_ text: String) {
    try? Output.standardError.line(Printable.text(text))
  }

  /// Says a thing on standard error.
  static func say(_ text: String) {
    try? Output.standardError.line("boardwalk: " + Printable.text(text))
  }

  /// Prints MicroPython's words on standard error.
  static func say(traceback: String) {
    for line in traceback.split(whereSeparator: \.isNewline) {
      try? Output.standardError.line(Printable.text(String(line)))
    }
  }

  private static func text(of error: any Error) -> String {
    guard let error = error as? APIError else { return "\(error)" }
    if error.code == .unreachable {
      return "\(error), or, to do without a gateway, --port PATH in place of the board's name"
    }
    if error.problem?.kind == "managing-off" {
      return
        "the gateway does not let boards be managed. Start it with `boardwalk serve --manage`, "
        + "or have \"manage\": true in its settings. Without a gateway, give --port PATH in place "
        + "of the board's name."
    }
    return error.problem?.detail ?? "\(error)"
  }
}

extension Error {
  /// Whether only this file is concerned, so that another may fare better.
  var isAboutFile: Bool {
    let kind = (self as? APIError)?.problem?.kind
    return ["file-not-found", "file-conflict", "file-damaged"].contains(kind)
  }
}
