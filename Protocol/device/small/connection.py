# The connection that a handler of the smallest boards gets.

import link
from microbit import running_time

time = 0  # when the handler began
out = b""  # written, not sent yet


def send(kind, stream, data):
    # The caller has waited until nothing is in the slot, `last`.
    b = bytes((30, kind, stream, link.sent | 128, link.want | 128))
    x = y = 0
    if kind != 0x8C:
        x = link.seed[0]
        y = link.seed[1]
    data = b"" + data
    for n in b + data:
        x += n
        y += x
    data += bytes((x % 255, y % 255))
    n = len(data)
    b += bytes((n & 127 | 128, n >> 7 | 128))
    data = b + bytes((-sum(b) & 127 | 128,)) + data
    if kind > 0xC0:
        link.last = data
        link.sent = link.sent + 1 & 127
    link.owe = 0
    link.uart.write(data)


def write(data, final=0):
    # Gathers small pieces, but not in a handler that has run for 100 ms.
    global out
    if not link.open:
        raise OSError(104)
    for i in range(0, len(data) or 1, 32):
        out += data[i : i + 32]
        if final or len(out) > 31 or out and running_time() - time > 100:
            while link.last or link.left < len(out):
                link.step()
            link.left -= len(out)
            if final:
                link.open = 0
            send(0xD6 if final else 0xD4, 129, out)
            out = b""


def read(n=-1, line=False):
    # n bytes, less only at the end of the body; all of it; or to the end of a line.
    data = b""
    if not link.open:
        raise OSError(104)
    while True:
        while link.last or not link.body and not link.end:
            link.step()
        i = n - len(data) if n >= 0 else len(link.body)
        if line:
            i = link.body.find(b"\n") + 1 or i
        more = link.body[:i]
        link.body = link.body[i:]
        data += more
        if more and not link.end:
            send(0xDC, 129, bytes((len(more), 0)))
        if not more or len(data) == n or line and more[-1] == 10:
            return data


def readline():
    return read(-1, True)
