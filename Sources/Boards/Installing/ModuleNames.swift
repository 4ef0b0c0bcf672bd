/// Names that Python's import finds before, or instead of, a program's file.
package enum ModuleNames {
  /// Whether a program of this name would hide a module that the firmware or a package has, or be
  /// hidden by it.
  static func areTaken(_ name: String) -> Bool {
    firmware.contains(name) || packages.contains(name)
  }

  /// What packages bring.
  package static let packages = Set(
    DevicePackage.all.flatMap(\.modules)
      + DevicePackage.all.flatMap(\.contents)
      .map { $0.hasSuffix(".py") ? String($0.dropLast(3)) : $0 })

  /// What MicroPython's documentation lists, on any port.
  private static let firmware: Set<String> = [
    "array", "asyncio", "binascii", "bluetooth", "btree", "builtins", "cmath", "collections",
    "cryptolib", "deflate", "errno", "esp", "esp32", "espnow", "framebuf", "gc", "hashlib", "heapq",
    "io", "json", "lcd160cr", "machine", "marshal", "math", "microbit", "micropython", "neopixel",
    "network", "openamp", "os", "platform", "pyb", "random", "re", "rp2", "select", "socket", "ssl",
    "stm", "struct", "sys", "time", "tls", "uasyncio", "uctypes", "vfs", "weakref", "wipy",
    "wm8960", "zephyr", "zlib", "zsensor", "_thread",
  ]
}
