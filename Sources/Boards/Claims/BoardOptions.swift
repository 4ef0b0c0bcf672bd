public import SerialIO

/// How a board is talked to, wherever its port is.
public struct BoardOptions: Sendable, Hashable {
  /// Rate, flow control and modem lines.
  public var serial: SerialSettings
  /// Bytes that the line carries in a second; nil for USB and ptys, which have no real rate.
  public var lineRate: Int?
  /// How long a request may wait for the head of its response.
  public var deadline: Duration
  /// Requests that may wait for a free stream, or for the board to serve; one more is refused.
  public var queueLimit: Int
  /// What errors of managing call the board, where its name says nothing to the user.
  public var title: String?

  public init(
    serial: SerialSettings = SerialSettings(), lineRate: Int? = nil,
    deadline: Duration = .seconds(30), queueLimit: Int = 64
  ) {
    self.serial = serial
    self.lineRate = lineRate
    self.deadline = deadline
    self.queueLimit = queueLimit
  }

  /// Takes the line for a UART of so many bits a second.
  ///
  /// - Throws: ``BoardConfigurationError`` when no UART has such a rate.
  public mutating func setBaudRate(_ rate: Int) throws(BoardConfigurationError) {
    guard rate > 0, rate <= 12_000_000 else {
      throw BoardConfigurationError("baud is \(rate); it must be 1 to 12000000 bits a second.")
    }
    serial.baudRate = rate
    lineRate = max(1, rate / 10)
  }
}
