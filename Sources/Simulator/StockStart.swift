/// How MicroPython's unix port is made to start like a board that nothing is installed on.
enum StockStart {
  /// What the unix port runs in place of a program. The working directory becomes the root of
  /// the board's file system, so that no path leads out of it; the programs run as on a board:
  /// a traceback is printed, and the prompt comes.
  ///
  /// The prompt is asked for only once there is nothing left of this machine's file system.
  ///
  /// - Parameter programs: names of files to run, if they are there.
  static func code(running programs: [String]) -> String {
    """
    \(decorator)def start(programs):
        import os, sys, vfs
        root = os.getcwd()
        vfs.umount("/")
        vfs.mount(vfs.VfsPosix(root), "/")
        os.chdir("/")
        os.putenv("MICROPYINSPECT", "1")
        del sys.argv[:], globals()["start"]
        for program in programs:
            try:
                os.stat(program)
            except OSError:
                continue
            globals()["__file__"] = program
            try:
                execfile(program)
            except SystemExit:
                pass
            except BaseException as error:
                sys.print_exception(error)
    start([\(programs.map { "\"\($0)\"" }.joined(separator: ", "))])
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
