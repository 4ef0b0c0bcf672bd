/// The gateway's end of the line: a pty, and the link that leads to it. Both go with this value.
struct HostLine: ~Copyable {
  /// The pty's path.
  var path: String { terminal.path }
  /// The master that MicroPython gets on a direct line.
  var directMaster: Int32? { terminal.master }

  private var terminal: PseudoTerminal
  private let link: String?

  /// - Parameters:
  ///   - link: the link to make, if any.
  ///   - isDirect: whether MicroPython gets the master, and so has to be able to wait on it.
  /// - Throws: ``SimulatorError`` with code `noPseudoTerminal` or `linkFailed`.
  init(link: String?, isDirect: Bool) throws(SimulatorError) {
    let terminal = try PseudoTerminal(nonBlockingMaster: !isDirect)
    if let link { try PathLink.set(link, to: terminal.path) }
    self.terminal = terminal
    self.link = link
  }

  deinit {
    if let link { PathLink.remove(link, from: terminal.path) }
  }

  /// Leaves the master to the caller, who closes it.
  mutating func takeMaster() -> Int32? {
    terminal.takeMaster()
  }
}
