# The line of a BBC micro:bit.

from microbit import uart

uart.init(115200)
say = uart.write


def take(n):
    data = b""
    while len(data) < n:
        data += uart.read(n - len(data)) or b""
    return data


def drain():
    while uart.any():
        uart.read()
