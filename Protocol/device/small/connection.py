# The connection that a handler of the smallest boards gets: the module itself. Not part of link.py, which the
# board could not compile whole when main.py has used a little of its heap.

import link
from link import write


def read(n=-1, line=False):
    # n bytes, less only at the end of the body; all of it; or to the end of a line.
    if not link.open:
        raise OSError(104)
    data = bytes()
    while True:
        while link.tx or not link.body and not link.end:
            link.step()
        body = link.body
        i = n - len(data) if n >= 0 else len(body)
        if line:
            i = body.find(b"\n") + 1 or i
        link.body = body[i:]
        body = body[:i]
        data += body
        if body and not link.end:
            link.send(11, 1, bytes((len(body), 0)), 0)
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
