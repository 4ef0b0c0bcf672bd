# What a handler gets as its conn: the calls of a socket, on one stream of the link.

from errno import ETIMEDOUT
from time import ticks_diff, ticks_ms

from boardlink.stream import Stream

_PROMPT = 100  # ms: a handler that has run for so long streams; what it writes goes out at once


class Connection(Stream):
    seconds = 30
    detached = False  # kept alive: the handler has returned, and others write
    started = 0

    def settimeout(self, seconds):
        # None waits for ever.
        self.seconds = seconds

    def setblocking(self, flag):
        self.seconds = None if flag else 0

    def makefile(self, *_):
        return self

    def _until(self, done, *with_these):
        # Waits until done(…) is true, and serves the link meanwhile.
        began = ticks_ms()
        while not done(*with_these):
            self.check()
            if self.seconds is not None and ticks_diff(ticks_ms(), began) >= self.seconds * 1000:
                raise OSError(ETIMEDOUT)
            if self.link.server._pump(10):
                began = ticks_ms()  # not the client is late

    # Towards the client

    _add = Stream.write

    def write(self, data, *part):
        # part: how many bytes, or from where and how many.
        self.check()
        if part:
            data = data[part[0] if part[1:] else 0 :][: part[-1]]
        self._add(data)
        if self.detached or len(self.out) >= self.link.room or ticks_diff(ticks_ms(), self.started) > _PROMPT:
            self.push()
        return len(data)

    send = sendall = write

    def push(self, end=False):
        # Sends what was written.
        self.check()
        self._until(self.flush, end)

    def close(self):
        if not self.over:
            try:
                self.push(True)
            except OSError:
                self.link.cancel(self, 1)

    # From the client

    def read(self, n=-1, part=False, line=False):
        # n bytes, less only at the end of the body; all of the body when n is negative; part: what is there,
        # at most n bytes; line: to the end of a line.
        data = b""
        while True:
            self._until(lambda: self.body or self.complete)
            want = n - len(data) if n >= 0 else n
            if line:
                want = self.body.find(b"\n") + 1 or -1
            more = self.take(want)
            data += more
            if part or not more or len(data) == n or line and want > 0:
                return data

    def recv(self, n):
        return self.read(n, True)

    def readline(self):
        return self.read(-1, False, True)

    def readinto(self, buffer, n=-1):
        data = self.read(n if n >= 0 else len(buffer))
        buffer[: len(data)] = data
        return len(data)
