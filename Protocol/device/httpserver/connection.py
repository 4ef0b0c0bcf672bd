# What a handler gets as its conn: the calls of a socket, on one stream of the link.

from errno import ETIMEDOUT
from time import sleep_ms, ticks_add, ticks_diff, ticks_ms

from boardlink.stream import Stream

_PROMPT = 100  # ms: a handler that has run for so long streams; what it writes goes out at once


class Connection(Stream):
    seconds = 30
    detached = False  # kept alive: the handler has returned, and a thread of its own writes
    started = 0

    def share(self):
        # For a thread that the handler may leave behind: where the interpreter has no lock, the table of
        # attributes must not grow for one thread while another looks. What changes later is set before.
        self.out = self.out
        self.body = self.body
        self.complete = self.complete
        self.over = self.lost = self.detached = False
        self.credit = self.credit
        self.room = self.room
        self.sent = self.used = 0

    def settimeout(self, seconds):
        # None waits for ever.
        self.seconds = seconds

    def _until(self, done):
        # Waits until done() is true, and serves the link meanwhile.
        deadline = ticks_add(ticks_ms(), int((self.seconds or 0) * 1000))
        while not done():
            self.check()
            if self.seconds is not None and ticks_diff(deadline, ticks_ms()) <= 0:
                raise OSError(ETIMEDOUT)
            if self.detached:
                sleep_ms(1)  # the main thread reads the link
            else:
                self.link.server._pump(10)

    # Towards the client

    def write(self, data):
        self.check()
        Stream.write(self, data)
        if self.detached or len(self.out) >= self.link.room or ticks_diff(ticks_ms(), self.started) > _PROMPT:
            self.push()
        return len(data)

    send = sendall = write

    def drain(self):
        pass  # a head waits for the body, to share its frame

    def push(self):
        # Sends what was written.
        self.check()
        if not self.flush():
            self._until(self.flush)

    def close(self):
        if not self.over:
            try:
                if not self.flush(True):
                    self._until(lambda: self.flush(True))
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

    def readinto(self, buffer):
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
