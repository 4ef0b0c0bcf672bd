import Foundation
import Glibc
import Synchronization

/// A terminal whose keys come one by one and as they are, Ctrl-C among them.
struct RawTerminal {
  private let descriptor: CInt

  /// What has to be put back when the program ends, whatever ends it.
  private static let saved = Mutex<(descriptor: CInt, mode: termios)?>(nil)

  /// Changes a terminal's mode; nil for what is none.
  init?(_ descriptor: CInt) {
    var mode = termios()
    guard tcgetattr(descriptor, &mode) == 0 else { return nil }
    self.descriptor = descriptor
    let isFirst = Self.saved.withLock { saved in
      defer { saved = saved ?? (descriptor, mode) }
      return saved == nil
    }
    if isFirst { atexit { RawTerminal.restore() } }
    cfmakeraw(&mode)
    // Boards print bare line feeds, too.
    mode.c_oflag |= tcflag_t(OPOST | ONLCR)
    tcsetattr(descriptor, TCSANOW, &mode)
  }

  /// Puts back how it was; more than once does no harm.
  func restore() { Self.restore() }

  private static func restore() {
    saved.withLock { saved in
      guard let (descriptor, old) = saved else { return }
      var mode = old
      tcsetattr(descriptor, TCSADRAIN, &mode)
      saved = nil
    }
  }
}
