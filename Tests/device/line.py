# Serial lines in memory, as a board sees them: objects that select.poll() and a Link take for a UART.

import _thread
import io

_POLL = 3  # the request number of MP_STREAM_POLL
_POLLIN = 1


class Line(io.IOBase):
    # What came is given out as far as it goes, what is written is taken whole.

    def __init__(self):
        self.input = b""  # on its way to the board
        self.output = bytearray()  # sent by the board, not looked at yet
        self.host = None
        self.polls = 0  # how often the board has asked for input since something last moved
        self.moved = 0  # counts what moved
        self.waits = 0  # counts polls that found nothing
        self.heard = None  # called when the board has written something
        self.strike = -1  # calls of the board until an interrupt hits one; negative: none does
        self.share = 0  # of a write that is hit: how much goes out, in halves

    def put(self, data):
        self.input += data
        self.moved += 1

    def hit(self):
        self.strike -= self.strike >= 0
        if not self.strike:
            self.strike = -1
            return True

    def take(self):
        # What the board has sent since the last time.
        data = self.output
        self.output = bytearray()
        return data

    def ioctl(self, request, argument):
        if request != _POLL:
            return -22  # EINVAL: there is no file descriptor
        if self.hit():
            raise KeyboardInterrupt
        if not self.input:
            self.polls += 1
            self.waits += 1
            # A board that asks again and again has finished its work. Three times, because it acknowledges
            # between the first time and the second.
            if self.polls > 3:
                self.polls = 0
                self.host.idle()
        return argument & _POLLIN if self.input else 0

    def give(self, buffer, n):
        if self.hit():
            raise KeyboardInterrupt
        buffer[:n] = self.input[:n]
        self.input = self.input[n:]
        self.polls = 0
        self.moved += 1
        return n

    def readinto(self, buffer, n=-1):
        n = min(n if n >= 0 else len(buffer), len(self.input))
        return self.give(buffer, n) if n else None

    def write(self, buffer, *range):
        start = range[0] if len(range) == 2 else 0
        data = bytes(memoryview(buffer)[start : start + range[-1]] if range else buffer)
        if self.hit():
            self.accept(data[: len(data) * self.share // 2])
            raise KeyboardInterrupt
        return self.accept(data)

    def accept(self, data):
        self.output += data
        self.polls = 0
        self.moved += 1
        if self.heard:
            self.heard()
        return len(data)


class Blocking(Line):
    # readinto() returns only when the buffer is full: stdin on bare metal.

    def readinto(self, buffer, n=-1):
        n = n if n >= 0 else len(buffer)
        while len(self.input) < n:
            self.host.starved()
            if self.hit():
                raise KeyboardInterrupt
        return self.give(buffer, n)


class Trickle(Line):
    # One byte a read; writes take at most seven bytes, and now and then none: a UART with small buffers.

    refusals = 0

    def readinto(self, buffer, n=-1):
        return self.give(buffer, 1) if self.input else None

    def accept(self, data):
        self.refusals += 1
        if self.refusals % 3 == 0:
            return None
        return Line.accept(self, data[:7])


class Locked(Line):
    # For boards with threads, which write while the host reads: the unix port has no lock of its own.

    def __init__(self):
        Line.__init__(self)
        self.lock = _thread.allocate_lock()

    def take(self):
        with self.lock:
            return Line.take(self)

    def accept(self, data):
        with self.lock:
            return Line.accept(self, data)
