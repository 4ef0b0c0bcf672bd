# One request and its response on the link: what both servers share. The servers add the waiting.

import sys
from errno import ECONNRESET
from io import BytesIO

from micropython import const

# The link's kinds and codes.
_DATA = const(10 << 3)
_CREDIT = const(11 << 3)
_ERROR = const(14 << 3)
_END = const(2)
_EXCEPTION = const(3)


class Stream:
    # What most requests do not change stands here: a table that grows is most of what an object costs.
    out = b""  # written, not sent yet
    body = b""  # received, not read yet
    complete = True  # the host has sent all of the body
    room = 0  # bytes of DATA that the host may still send, beyond those of the beginning
    credit = 16384  # bytes that the host has granted since the stream's beginning
    sent = 0  # of them; apart, because the link counts the one and a handler's thread the other
    over = False  # nothing can be sent any more
    lost = False  # ended by the host, or by the server's end
    closing = False  # the handler has ended, and its last frame waits for room
    used = 0  # bytes of the body read since the last CREDIT

    def __init__(self, link, number, body, complete):
        self.link = link
        self.number = number
        if body:
            self.body = body
        if not complete:
            self.complete = False

    def gone(self):
        self.over = self.lost = True
        self.out = b""

    def check(self):
        if self.lost:
            raise OSError(ECONNRESET)

    def write(self, data):
        if not self.over:
            if isinstance(data, str):
                data = data.encode()
            self.out = self.out + data

    def flush(self, end=False):
        # Sends what credit and slots allow. True when nothing is left to send.
        link = self.link
        while (self.out or end) and not self.over:
            data = self.out
            last = _END if end else 0
            n = min(link.room, self.credit - self.sent, len(data))
            if n < len(data):
                if not n:
                    return False
                data = data[:n]
                last = 0
            if not link.send(_DATA | last, self.number, data, self._sent, n | last << 13):
                return False
            if last:
                link.streams[self.number] = None
        return True

    def _sent(self, n):
        # The frame with so many bytes has its number; n has the flag of the last above them. No jumps.
        self.sent += n & 8191
        self.out = self.out[n & 8191 :]
        self.over |= n >> 13

    def take(self, n):
        # The next n bytes of the body, of those that are there; all of them when n is negative.
        body = self.body
        data = body[:n] if n >= 0 else body
        self.body = body[len(data) :]
        self.used += len(data)
        n = self.used
        if n >= self.link.room and not self.complete and not self.over:
            self.used = 0
            self.room += n
            self.link.post(_CREDIT, self.number, bytes((n & 255, n >> 8)))
        return data

    def error(self, exception, code=None):
        # Tells the host; ends the stream when nothing was answered yet, or with the code.
        if not self.over:
            text = BytesIO()
            sys.print_exception(exception, text)
            self.link.post(_ERROR, self.number, text.getvalue()[-self.link.room :])
            if code or not self.sent and not self.out:
                self.link.cancel(self, code or _EXCEPTION)
