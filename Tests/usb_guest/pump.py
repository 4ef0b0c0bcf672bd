"""Carries bytes between two descriptors, as the wire between a USB device and the board behind it."""

import contextlib
import os
import select
import threading
import tty


def open_raw(path):
    """Opens a terminal that changes no byte and waits for nobody."""
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    tty.setraw(descriptor)
    return descriptor


class Pump(threading.Thread):
    """Runs until one of the two hangs up, or `stop`; closes neither.

    It reads whatever comes, however slow the other end is: QEMU's guest stands still while
    nobody takes its bytes. The link's credits bound what lies here.
    """

    def __init__(self, one, two):
        super().__init__(daemon=True)
        self.other = {one: two, two: one}
        self.waiting = {one: b"", two: b""}  # bytes to be written to it
        self.wake, self.waker = os.pipe()
        self.start()

    def run(self):
        while True:
            full = [descriptor for descriptor, data in self.waiting.items() if data]
            readable, writable, _ = select.select([self.wake, *self.other], full, [])
            if self.wake in readable:
                return
            try:
                for source in readable:
                    self.waiting[self.other[source]] += self.read(source)
                for target in writable:
                    self.write(target)
            except OSError:
                return

    def read(self, source):
        try:
            data = os.read(source, 65536)
        except BlockingIOError:
            return b""
        if not data:
            raise OSError("hung up")
        return data

    def write(self, target):
        with contextlib.suppress(BlockingIOError):
            count = os.write(target, self.waiting[target])
            self.waiting[target] = self.waiting[target][count:]

    def stop(self):
        os.write(self.waker, b".")
        self.join()
        os.close(self.wake)
        os.close(self.waker)
