/// How MicroPython's unix port is made to start like a board.
enum StartCode {
  /// A board that nothing is installed on: the working directory becomes the root of its file
  /// system, so that no path leads out of it.
  ///
  /// The prompt is asked for only once there is nothing left of this machine's file system.
  ///
  /// - Parameter programs: names of files to run, if they are there.
  static func stock(running programs: [String]) -> String {
    code(
      """
      import vfs
      root = os.getcwd()
      vfs.umount("/")
      vfs.mount(vfs.VfsPosix(root), "/")
      os.chdir("/")
      os.putenv("MICROPYINSPECT", "1")
      del sys.argv[:]
      programs = [\(programs.map { "\"\($0)\"" }.joined(separator: ", "))]
      """,
      exit: "pass", raise: "pass")
  }

  /// An app, which is the argument if it is to run. Modules are looked for in MICROPYPATH alone;
  /// for an app by itself, the unix port puts the app's directory before that.
  ///
  /// - Parameter staysAtPrompt: whether a REPL follows; else the app's end is the process's.
  static func app(staysAtPrompt: Bool) -> String {
    code(
      """
      del sys.path[0], sys.argv[0]
      programs = sys.argv[:]
      """,
      exit: "raise error", raise: staysAtPrompt ? "pass" : "sys.exit(1)")
  }

  /// The programs run as on a board: a traceback is printed, and has no lines of others.
  ///
  /// - Parameters:
  ///   - preparation: makes `programs`.
  ///   - exit: what happens after a program's `sys.exit()`.
  ///   - raise: what happens after another exception.
  private static func code(_ preparation: String, exit: String, raise: String) -> String {
    """
    \(decorator)def start():
        import os, sys
        \(preparation.replacing("\n", with: "\n    "))
        del globals()["start"]
        for program in programs:
            try:
                os.stat(program)
            except OSError:
                continue
            globals()["__file__"] = program
            try:
                execfile(program)
            except SystemExit as error:
                \(exit)
            except BaseException as error:
                sys.print_exception(error)
                \(raise)
    start()
    """
  }

  /// A native function adds no line of its own to a traceback. There are none on other machines.
  private static var decorator: String {
    #if arch(x86_64)
      "@micropython.native\n"
    #else
      ""
    #endif
  }
}
