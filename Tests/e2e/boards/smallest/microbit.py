# What Protocol/device/small uses of the micro:bit's module, on stdin and stdout of the unix port.

import select
import sys
from time import ticks_ms as running_time  # noqa: F401


class uart:
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)

    def init(rate):
        pass

    def any(wait=5):
        for _ in uart.poll.ipoll(wait):
            return True
        return False

    def read(n):
        # One by one: readinto() on stdin waits until its buffer is full.
        data = b""
        while len(data) < n and uart.any(0):
            data += sys.stdin.buffer.read(1)
        return data

    def write(data):
        return sys.stdout.buffer.write(data)
