/// A device that may be opened: how to know it, and what board it then is.
public struct Claim: Sendable, Hashable {
  /// The board's name; nil: made of the device's product and serial number, and more than one
  /// device may match.
  public var name: String?
  public var match: DeviceMatch
  public var options: BoardOptions
  /// Where the claim comes from, for people: the configuration, or the firmware that uses the ids.
  public var origin: String

  public init(
    name: String?, match: DeviceMatch, options: BoardOptions = BoardOptions(),
    origin: String = "configuration"
  ) {
    self.name = name
    self.match = match
    self.options = options
    self.origin = origin
  }

  /// Claimed unless the configuration says otherwise: vendor and product ids that only MicroPython
  /// firmware uses.
  ///
  /// - `2e8a:0005` is "MicroPython firmware (CDC)" in Raspberry Pi's list of product ids
  ///   (github.com/raspberrypi/usb-pid), and what ports/rp2 of MicroPython takes.
  /// - `f055:9800` to `f055:980f` are MicroPython's own: ports/stm32/usb.h (USBD_VID, USBD_PID_…),
  ///   and the mimxrt, samd, nrf, renesas-ra and alif ports (MICROPY_HW_USB_VID, …_PID).
  ///
  /// Not among them: `303a:4001` of the esp32 port, which any program built on Espressif's USB
  /// stack has too; boards whose makers gave them ids of their own; and serial bridges, which may
  /// be anything.
  public static let defaults: [Claim] = [
    Claim(
      name: nil, match: DeviceMatch(vendorID: 0x2e8a, productIDs: 0x0005...0x0005),
      origin: "MicroPython on RP2 (2e8a:0005)"),
    Claim(
      name: nil, match: DeviceMatch(vendorID: 0xf055, productIDs: 0x9800...0x980f),
      origin: "MicroPython's own ids (f055:98xx)"),
  ]
}
