/// A board's REPL as MicroPython's is, without the Python: bytes in, bytes out.
struct ModelBoard {
  enum Mode: Equatable {
    case friendly
    /// Ctrl-E at the friendly prompt.
    case paste
    case raw
    case rawPaste
    /// A raw paste with an error: waits for the end of it.
    case refusing
    /// A program; and where it was started.
    case running(inRaw: Bool)
    /// Says and hears nothing.
    case dead
  }

  var mode: Mode
  var hasRawPaste: Bool
  var window = 8
  /// Bytes of 01 that a raw paste has for its host are not sent.
  var grantsNothing = false
  /// Interrupts that programs catch, silently.
  var catches = 0
  /// Orders that get lost on their way: so many of the next bytes.
  var loses: Set<UInt8> = []
  /// The size of the input; a burst that is longer loses its end.
  var inputSize = Int.max
  var namesSoftReset = true
  /// No code is compiled before a reset.
  var heapIsFull = false

  /// All code that was run, without what the client runs for itself.
  private(set) var ran: [String] = []
  private(set) var softResets = 0
  /// Bytes that a raw paste had when it ended.
  private(set) var line: [UInt8] = []
  private var credit = 0
  private var assembled: [UInt8] = []
  private var output: [UInt8] = []

  static let banner = "raw REPL; CTRL-B to exit\r\n>"
  static let interrupted = "Traceback (most recent call last):\r\nKeyboardInterrupt: \r\n"

  init(_ mode: Mode, hasRawPaste: Bool = true, line: String = "") {
    self.mode = mode
    self.hasRawPaste = hasRawPaste
    self.line = Array(line.utf8)
  }

  mutating func receive(_ bytes: [UInt8]) -> [UInt8] {
    for byte in bytes.prefix(inputSize) where loses.remove(byte) == nil { receive(byte) }
    defer { output = [] }
    return output
  }

  private mutating func say(_ text: String) { output += Array(text.utf8) }

  private mutating func receive(_ byte: UInt8) {
    switch (mode, byte) {
    case (.dead, _): break
    case (.running, 0x03) where catches > 0: catches -= 1
    case (.running(let inRaw), 0x03):
      if inRaw { end(with: Self.interrupted) } else { prompt(Self.interrupted) }
    case (.running, _): break

    case (.friendly, 0x01) where line.isEmpty: enterRaw("\r\n")
    case (.friendly, 0x03), (.paste, 0x03): prompt("\r\n")
    case (.friendly, 0x04) where line.isEmpty: softReset()
    case (.friendly, 0x05) where line.isEmpty:
      mode = .paste
      say("\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== ")
    case (.friendly, 0x20...), (.paste, 0x20...):
      line.append(byte)
      output.append(byte)
    case (.friendly, _), (.paste, _): break

    case (.raw, 0x01):
      if hasRawPaste, line == [0x05, 0x41] { beginRawPaste() } else { enterRaw("") }
    case (.raw, 0x02):
      say("\r\nMicroPython; model\r\n")
      prompt("Type \"help()\"\r\n")
    case (.raw, 0x03): line = []
    case (.raw, 0x04) where line.isEmpty:
      softResets += 1
      heapIsFull = false
      enterRaw("OK\r\nMPY: soft reboot\r\n")
    case (.raw, 0x04) where heapIsFull:
      say("OK")
      end(with: "MemoryError: \r\n")
    case (.raw, 0x04):
      say("OK")
      run()
    case (.raw, _): line.append(byte)

    case (.rawPaste, 0x03):
      output.append(0x04)
      end(with: "KeyboardInterrupt: \r\n")
    case (.rawPaste, 0x04):
      output.append(0x04)
      run()
    case (.rawPaste, _): takePasted(byte)
    case (.refusing, 0x03), (.refusing, 0x04): end(with: "SyntaxError: model\r\n")
    case (.refusing, _): break
    }
  }

  private mutating func prompt(_ text: String) {
    mode = .friendly
    line = []
    say(text + ">>> ")
  }

  private mutating func enterRaw(_ text: String) {
    mode = .raw
    line = []
    say(text + Self.banner)
  }

  private mutating func beginRawPaste() {
    mode = .rawPaste
    line = []
    credit = 2 * window
    output += [0x52, 0x01, UInt8(window & 0xFF), UInt8(window >> 8), 0x01]
  }

  private mutating func takePasted(_ byte: UInt8) {
    line.append(byte)
    credit -= 1
    if credit < 0 { line = Array("overrun".utf8) }
    if line.suffix(5).elementsEqual("wrong".utf8) {
      output.append(0x04)
      mode = .refusing
    } else if line.count.isMultiple(of: window), !grantsNothing {
      credit += window
      output.append(0x01)
    }
  }

  private mutating func softReset() {
    softResets += 1
    say("\r\n" + (namesSoftReset ? "MPY: soft reboot\r\n" : ""))
    mode = .running(inRaw: false)
    say("main")
  }

  private mutating func end(with error: String) {
    mode = .raw
    line = []
    output += [0x04] + Array(error.utf8) + [0x04, 0x3E]
  }

  /// Runs the line: `print(…)`, `raise …`, `hang`, and what puts code together.
  private mutating func run() {
    let code = String(decoding: line, as: UTF8.self)
    if let start = code.firstIndex(of: "'"), code.hasPrefix("_bw") {
      if code.hasPrefix("_bw=") { assembled = [] }
      assembled += Self.unescaped(code[code.index(after: start)...].dropLast())
      return end(with: "")
    }
    if code == "__import__('gc').collect();exec(globals().pop('_bw'))" {
      line = assembled
      return run()
    }
    ran.append(code)
    if code.hasSuffix("hang") {
      mode = .running(inRaw: true)
      say("hanging")
    } else if code.hasSuffix("raise KeyboardInterrupt") {
      end(with: Self.interrupted)
    } else if code.hasPrefix("raise ") {
      end(with: "Traceback (most recent call last):\r\n\(code.dropFirst(6))\r\n")
    } else if code.hasPrefix("print(") {
      say(code.dropFirst(6).prefix { $0 != ")" } + "\r\n")
      end(with: "")
    } else {
      end(with: "")
    }
  }

  private static func unescaped(_ text: Substring) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = text
    while let character = rest.popFirst() {
      guard character == "\\", let kind = rest.popFirst() else {
        bytes += Array(character.utf8)
        continue
      }
      switch kind {
      case "n": bytes.append(0x0A)
      case "x":
        bytes.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
        rest = rest.dropFirst(2)
      default: bytes += Array(kind.utf8)
      }
    }
    return bytes
  }
}
