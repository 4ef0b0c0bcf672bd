extension RawREPL {
  /// How a line and a board are talked to.
  public struct Configuration: Sendable {
    /// Bytes that the line carries in a second; nil for USB and ptys, which have no real rate.
    public var lineRate: Int?
    /// How long entering may take, from whatever the board is doing.
    public var enterLimit: Duration

    public init(lineRate: Int? = nil, enterLimit: Duration = .seconds(10)) {
      self.lineRate = lineRate
      self.enterLimit = enterLimit
    }
  }

  /// Where the board's REPL stands.
  public enum State: Sendable, Equatable {
    /// Not in the raw REPL.
    case idle
    case entering
    /// In the raw REPL, which waits for code.
    case ready
    /// Code is on its way.
    case sending
    case running
    case leaving
  }

  /// What there is to know.
  public enum Event: Sendable, Equatable {
    /// The raw REPL waits for code.
    ///
    /// - Parameter wasRunning: a program was interrupted on the way there.
    case entered(wasRunning: Bool)
    /// The board has taken the code, and runs it; or it has found that it cannot, and says why.
    case started
    /// The code has written.
    case output([UInt8])
    /// The code has ended; the last 16 KB of its traceback, empty when it raised nothing.
    case finished(error: [UInt8])
    /// The board is at its friendly REPL, or, after a soft reset, starts its program.
    case left
    /// What was under way did not come about. The state is `idle`, with two exceptions: it is
    /// `ready` after `timedOut`, and after code that cannot be sent; and `wrongState` leaves
    /// everything as it was.
    case failed(RawREPLError)
  }

  /// What the board is waited for.
  enum Phase: Sendable {
    case idle
    case ready

    /// 03 was sent: a prompt, or silence, comes next.
    case interrupting
    /// 01 was sent: the raw REPL's banner.
    case greeting
    /// A line that prints a number was sent: the number.
    case probing

    /// 04 was sent in place of code: the banner of an interpreter that starts anew.
    case restarting

    /// Raw-paste mode was asked for: whether there is one.
    case choosing
    /// Raw-paste mode: leave to send more.
    case pasting
    /// Raw-paste mode, all was sent: 04.
    case pasted
    /// Plain mode: a piece's confirmation.
    case confirming
    /// Plain mode: the time for the next piece.
    case pacing
    /// Plain mode, all was sent: OK.
    case paced

    /// The code runs: what it writes, to 04.
    case output
    /// The code has ended: its traceback, to 04.
    case traceback
    /// The prompt.
    case prompt

    /// 02 was sent: the friendly prompt.
    case leaving
    /// 04 was sent to the friendly prompt: signs that it was taken.
    case resetting

    var state: State {
      switch self {
      case .idle: .idle
      case .ready: .ready
      case .interrupting, .greeting, .probing, .restarting: .entering
      case .choosing, .pasting, .pasted, .confirming, .pacing, .paced: .sending
      case .output, .traceback, .prompt: .running
      case .leaving, .resetting: .leaving
      }
    }
  }

  /// How the board takes code.
  enum Dialect: Sendable {
    case unknown
    /// With flow control: each 01 from the board is leave to send so many bytes more.
    case rawPaste(window: Int)
    /// As it comes; what comes too fast is lost.
    case plain
  }

  /// Bytes that mean something to the REPL, and what it says.
  enum Mark {
    static let enterRaw: UInt8 = 0x01
    static let leaveRaw: UInt8 = 0x02
    static let interrupt: UInt8 = 0x03
    static let end: UInt8 = 0x04
    static let askRawPaste: [UInt8] = [0x05, 0x41, 0x01]
    static let hasRawPaste: [UInt8] = [0x52, 0x01]
    static let hasNoRawPaste: [UInt8] = [0x52, 0x00, 0x3E]
    static let credit: UInt8 = 0x01
    static let banner = Array("raw REPL; CTRL-B to exit\n>".utf8)
    static let friendlyPrompt = Array(">>> ".utf8)
    static let endedPrompt: [UInt8] = [0x04, 0x3E]
    static let taken = Array("OK".utf8)
    static let softReboot = Array("soft reboot".utf8)
    static let prompt: UInt8 = 0x3E
  }
}
