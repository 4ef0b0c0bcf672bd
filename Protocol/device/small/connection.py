# The connection that a handler of the smallest boards gets: the module itself. Not part of link.py, which the
# board could not compile whole when main.py has used a little of its heap.

import link
from link import write


def read(n=-1, line=False):
    # n bytes, less only at the end of the body; all of it; or to the end of a line.
    s = link  # as in loop.py
    if not s.open:
        raise OSError(104)
    data = bytes()
    while True:
        while s.tx or not s.body and not s.end:
            s.step()
        body = s.body
        i = n - len(data) if n >= 0 else len(body)
        if line:
            i = body.find(b"\n") + 1 or i
        s.body = body[i:]
        body = body[:i]
        data += body
        if body and not s.end:
            s.send(11, 1, bytes((len(body), 0)), 0)
        if not body or len(data) == n or line and body[-1] == 10:
            return data


def readline():
    return read(-1, True)


def sendfile(conn, filename):
    # In pieces, for the file may be larger than the heap.
    with open(filename, "rb") as f:
        data = f.read(64)
        while data:
            write(data)
            data = f.read(64)
