# One request and its response on the link: what both servers share. The servers add the waiting.

import sys
from errno import ECONNRESET
from io import BytesIO

from .link import CREDIT, DATA, END, ERROR

_EXCEPTION = 3


class Stream:
    out = b""  # written, not sent yet
    credit = 16384  # bytes that the host takes
    begun = False  # something was sent
    over = False  # nothing can be sent any more
    lost = False  # ended by the host
    used = 0  # bytes of the body read since the last CREDIT

    def __init__(self, link, number, head, body, complete):
        self.link = link
        self.number = number
        self.head = head
        self.body = body  # received, not read yet
        self.complete = complete  # the host has sent all of the body
        self.room = 2 * link.room  # bytes of DATA that the host may still send

    # Called by the link

    def feed(self, data, end):
        self.room -= len(data)
        if data:
            self.body += data
        if end:
            self.complete = True
        return self.room >= 0

    def gone(self):
        self.over = self.lost = True
        self.out = b""

    # Called by the servers

    def check(self):
        if self.lost:
            raise OSError(ECONNRESET)

    def write(self, data):
        if not self.over:
            if isinstance(data, str):
                data = data.encode()
            self.out = data = self.out + data
            if len(data) >= self.link.room:
                self.flush()

    def flush(self, end=False):
        # Sends what credit and slots allow. True when nothing is left to send.
        while (self.out or end) and not self.over:
            link = self.link
            data = self.out
            n = min(len(data), link.room, self.credit)
            if n < len(data):
                data = data[:n]
                if not n:
                    return False
                last = 0
            else:
                last = END if end else 0
            if not link.send(DATA | last, self.number, data):
                return False
            self.begun = True
            self.credit -= n
            self.out = self.out[n:]
            if last:
                self.over = True
                link.streams[self.number] = None
        return True

    def take(self, n):
        # The next n bytes of the body, of those that are there.
        body = self.body
        data = body[:n]
        self.body = body[n:]
        self.used += len(data)
        if self.used >= self.link.room and not self.complete and not self.over:
            n = self.used
            self.used = 0
            self.room += n
            self.link.control_stream(CREDIT, self.number, bytes((n & 255, n >> 8)))
        return data

    def error(self, exception):
        # Tells the host; True when the stream has ended with it, for nothing was answered yet.
        if not self.over:
            text = BytesIO()
            sys.print_exception(exception, text)
            self.link.control_stream(ERROR, self.number, text.getvalue()[-self.link.room :])
            if not self.begun and not self.out:
                self.link.cancel(self, _EXCEPTION)
