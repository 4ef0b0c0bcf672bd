import CSerialIO
import Glibc
import SystemPackage
import Testing

@testable import SerialIO

@Suite struct SerialPortTests {
  /// The error that opening this path gives.
  private func failure(
    _ path: String, _ settings: SerialSettings = SerialSettings()
  ) throws -> SerialPortError {
    do throws(SerialPortError) { _ = try SerialPort.open(path: path, settings: settings) } catch {
      return error
    }
    throw TestFailure("\(path) opened")
  }

  /// Opens a port that was just closed. A process that another test has forked holds it too, up to
  /// its exec.
  private func openWhenFree(_ path: String) throws -> SerialPort {
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      do throws(SerialPortError) { return try SerialPort.open(path: path) } catch {
        guard error.code == .busy, .now < deadline else { throw error }
        usleep(1000)
      }
    }
  }

  @Test func openedPortIsRawAndCloseOnExec() throws {
    let terminal = try TestTerminal()
    let port = try SerialPort.open(
      path: terminal.path, settings: SerialSettings(hardwareFlowControl: true))
    var settings = termios()
    #expect(tcgetattr(port.descriptor, &settings) == 0)
    let translations = ICRNL | INLCR | IGNCR | IXON | IXOFF | ISTRIP
    #expect(settings.c_iflag & tcflag_t(translations) == 0)
    #expect(settings.c_oflag & tcflag_t(OPOST) == 0)
    #expect(settings.c_lflag & tcflag_t(ECHO | ICANON | ISIG | IEXTEN) == 0)
    #expect(settings.c_cflag & tcflag_t(CLOCAL | CREAD) == tcflag_t(CLOCAL | CREAD))
    #expect(settings.c_cflag & tcflag_t(HUPCL) == 0)
    #expect(settings.c_cflag & tcflag_t(CRTSCTS) != 0)
    #expect(settings.controlCharacters[Int(VMIN)] == 1)
    #expect(settings.controlCharacters[Int(VTIME)] == 0)
    #expect(fcntl(port.descriptor, F_GETFD) & FD_CLOEXEC != 0)
    #expect(fcntl(port.descriptor, F_GETFL) & O_NONBLOCK != 0)
    port.close()
  }

  @Test(arguments: [9600, 115_200, 921_600, 123_456, 250_000, 1_843_200])
  func rateIsReadBack(rate: Int) throws {
    let terminal = try TestTerminal()
    let port = try SerialPort.open(
      path: terminal.path, settings: SerialSettings(baudRate: rate))
    var input: CUnsignedInt = 0
    var output: CUnsignedInt = 0
    #expect(boardwalk_get_rate(port.descriptor, &input, &output) == 0)
    #expect(Int(output) == rate)
    #expect(Int(input) == rate)
    port.close()
  }

  @Test func impossibleRateIsRefused() throws {
    let terminal = try TestTerminal()
    let error = try failure(terminal.path, SerialSettings(baudRate: 0))
    #expect(error.code == .settingsRefused)
  }

  @Test func whatCameBeforeRawModeIsForgotten() throws {
    let terminal = try TestTerminal()
    let slave = open(terminal.path, O_RDWR | O_NOCTTY | O_NONBLOCK)
    #expect(write(terminal.master, "noise\n", 6) == 6)
    var waiting = pollfd(fd: slave, events: Int16(POLLIN), revents: 0)
    #expect(poll(&waiting, 1, 5000) == 1)
    let port = try SerialPort.open(path: terminal.path)
    var byte: UInt8 = 0
    #expect(read(port.descriptor, &byte, 1) == -1)
    #expect(errno == EAGAIN)
    close(slave)
    port.close()
  }

  @Test func aSecondOpenNamesTheHolders() throws {
    let terminal = try TestTerminal()
    let port = try SerialPort.open(path: terminal.path)
    let sleeper = try Sleeper(terminal: terminal.path)
    let error = try failure(terminal.path)
    #expect(error.code == .busy)
    #expect(error.holders.contains { $0.pid == Int(getpid()) })
    #expect(error.holders.contains(PortHolder(pid: Int(sleeper.pid), program: "sleep")))
    #expect(error.message.contains("sleep (PID \(sleeper.pid))"))
    port.close()
    try openWhenFree(terminal.path).close()
  }

  @Test func theLockLastsUntilTheLastDuplicateIsClosed() throws {
    let terminal = try TestTerminal()
    let port = try SerialPort.open(path: terminal.path)
    let pair = try port.duplicatedPair()
    #expect(fcntl(pair.input, F_GETFD) & FD_CLOEXEC != 0)
    #expect(fcntl(pair.output, F_GETFD) & FD_CLOEXEC != 0)
    port.close()
    #expect(try failure(terminal.path).code == .busy)
    close(pair.input)
    #expect(try failure(terminal.path).code == .busy)
    close(pair.output)
    try openWhenFree(terminal.path).close()
  }

  @Test func aHangUpIsToldAsGone() throws {
    let terminal = try TestTerminal()
    let port = try SerialPort.open(path: terminal.path)
    try port.waitUntilWritable()
    terminal.hangUp()
    do throws(SerialPortError) {
      try port.waitUntilWritable()
      Issue.record("a dead line is writable")
    } catch {
      #expect(error.code == .gone)
    }
    // As long as the port is held, no other terminal gets its number.
    #expect([.gone, .notFound].contains(try failure(terminal.path).code))
    port.close()
  }

  @Test func aFullLineTimesOut() throws {
    let terminal = try TestTerminal()
    let port = try SerialPort.open(path: terminal.path)
    let bytes = [UInt8](repeating: 0x55, count: 4096)
    // The kernel moves bytes on for a while, and makes room again.
    var code: SerialPortError.Code?
    for _ in 0..<100 where code == nil {
      while write(port.descriptor, bytes, bytes.count) > 0 {}
      do throws(SerialPortError) {
        try port.waitUntilWritable(milliseconds: 20)
      } catch {
        code = error.code
      }
    }
    #expect(code == .timedOut)
    port.close()
  }

  @Test func aPtyHasNoModemLines() throws {
    let terminal = try TestTerminal()
    for profile in ModemLineProfile.allCases {
      let port = try SerialPort.open(
        path: terminal.path, settings: SerialSettings(modemLines: profile))
      #expect(try port.modemLines() == nil)
      #expect(try port.setModemLines(dtr: true) == false)
      let isLowLatency = port.isLowLatency
      #expect(!isLowLatency)
      port.close()
    }
  }

  @Test func whatIsNoPortIsToldApart() throws {
    #expect(try failure("/dev/null").code == .notATerminal)
    #expect(try failure("/tmp").code == .notATerminal)
    let missing = try failure("/dev/ttyNone99")
    #expect(missing.code == .notFound)
    #expect(missing.errno == .noSuchFileOrDirectory)
    #expect(missing.message.contains("/dev/ttyNone99"))
  }

  @Test func permissionAdviceNamesTheGroup() {
    var node = stat()
    node.st_mode = S_IFCHR | S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP
    node.st_gid = 20
    let outside = OpenFailure.accessAdvice(node, groups: [0, 100])
    #expect(outside.contains("sudo usermod -aG dialout $USER"))
    #expect(OpenFailure.accessAdvice(node, groups: [20]).contains("is in its group dialout"))
    node.st_mode = S_IFCHR | S_IRUSR | S_IWUSR
    #expect(OpenFailure.accessAdvice(node, groups: []).contains("udev"))
  }

  /// In a process of its own: it takes all descriptors.
  @Test func runningOutOfDescriptorsIsAnErrorAndLeaksNone() async {
    await #expect(processExitsWith: .success) {
      let terminal = try TestTerminal()
      let port = try SerialPort.open(path: terminal.path)
      let before = openDescriptors()
      var limit = rlimit(rlim_cur: rlim_t(before + 1), rlim_max: 1024)
      while openDescriptors() < before + 1 { _ = dup(0) }
      let full = (0..<1024).last { fcntl($0, F_GETFD) >= 0 } ?? 0
      limit.rlim_cur = rlim_t(full + 1)
      setrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
      while dup(0) >= 0 {}
      close(full)
      do throws(SerialPortError) {
        _ = try port.duplicatedPair()
        exit(1)
      } catch {
        exit(error.code == .outOfDescriptors && fcntl(CInt(full), F_GETFD) < 0 ? 0 : 2)
      }
    }
  }
}

/// A process that holds a terminal; killed with this object.
private final class Sleeper {
  let pid: pid_t

  init(terminal: String) throws {
    var pid: pid_t = 0
    var step: CInt = 0
    let error = "/bin/sleep".withCString { program in
      "60".withCString { seconds in
        "/".withCString { directory in
          terminal.withCString { terminal in
            var arguments = [
              UnsafeMutablePointer(mutating: program), .init(mutating: seconds), nil,
            ]
            var environment: [UnsafeMutablePointer<CChar>?] = [nil]
            var spawn = boardwalk_spawn()
            return arguments.withUnsafeMutableBufferPointer { arguments in
              environment.withUnsafeMutableBufferPointer { environment in
                spawn.program = program
                spawn.arguments = UnsafePointer(arguments.baseAddress)
                spawn.environment = UnsafePointer(environment.baseAddress)
                spawn.directory = directory
                spawn.terminal = terminal
                return boardwalk_spawn(&spawn, &pid, &step)
              }
            }
          }
        }
      }
    }
    guard error == 0 else { throw TestFailure("no sleep: \(error) in step \(step)") }
    self.pid = pid
  }

  deinit {
    kill(pid, SIGKILL)
    waitpid(pid, nil, 0)
  }
}
