# The link for the smallest boards: one stream, one slot, Fletcher-16; see Protocol/README.md.
#
# State is global, and names are such as the firmware has where it can be, for each other name and each
# attribute costs heap. A constant of bytes costs 36, so there are none where bytes((16,)) does. Kinds are the
# specification's: 0 HELLO, 1 WELCOME, 2 BYE, 3 ACK, 4 NAK, 5 PING, 8 REQUEST, 10 DATA, 11 CREDIT, 12 CANCEL,
# 13 EVENT, 14 ERROR, 15 ROUTES.
#
# The C stack has room for six calls: main.py itself, start(), a handler, one function that it calls, write(),
# and step() or send(). So these two call nothing.
#
# An interrupt comes where code jumps: what a frame does and the number that it counts as are set without a
# jump between. The body grows before both, so that a frame that finds no room for its bytes has not come.

from microbit import running_time, uart

rx = b""  # read from the line
tx = None  # the frame that is not acknowledged
body = rx  # of a head and the body after it: what was received, and not read yet
out = rx  # written by the handler, not sent yet
seed = None  # the session's nonce
open = 0  # the handler may write
end = 0  # the request's body is complete
sent = want = 0  # numbers of the next frames to send and to take
left = 0  # credit: bytes that may be sent
new = 0  # WELCOME is to be sent; 2: ROUTES as well
owe = 0  # the kind of answer that is due
code = 0  # of a CANCEL that is to be sent
late = 0  # until then an interrupt is meant for a handler that was past its deadline
time = 0  # when the handler began


def step():
    # Takes a frame; without one reads, and without anything to read acknowledges. Raises OSError when the
    # stream of a handler that runs is over.
    global rx, tx, body, seed, open, end, sent, want, left, new, owe, code, late
    b = rx[:8]
    n = 8
    if b[7:]:
        kind = b[1] >> 3 & 15
        if not 2 < kind < 6:
            n += b[5] & 127 | (b[6] & 63) << 7
        if b[0] != 30 or sum(b) & 127 or min(b[1:]) < 128 or n == 9 or n > 55:
            rx = rx[1:]
            return
    if len(rx) < n:
        if uart.any():
            rx += uart.read(63)
        elif owe:
            n = sent
            if owe == 4:
                n = want
                rx = rx[:0]  # half a frame whose end the ring had no room for
            b = 30, 128 | owe << 3, 128, 128 | n, 128 | want, n ^ seed[2], want ^ seed[3]
            uart.write(bytes(b + (128 | -sum(b) & 127,)))
            owe = 0
        return
    data = rx[8:n]
    rx = rx[n:]
    n = b[3] & 127
    if kind and not seed:
        return
    if not data:  # the guards
        if b[5] != n ^ seed[2] or b[6] != b[4] & 127 ^ seed[3]:
            return
    else:
        if b[6] & 64:
            x = bytes((16,))
            data = data.replace(x + b"C", bytes((3,))).replace(x + b"P", x)
        x = y = 0
        if kind:
            x = seed[0]
            y = seed[1]
        for c in b[:5] + data[:-2]:
            x += c
            y += x
        if not b[1] & 4 or data[-2:] != bytes((x % 255, y % 255)):
            if kind:
                owe = 4
            return
        data = data[:-2]

    if kind < 3:  # the session begins, goes on or is over
        x = kind or data[1:] != seed
        if x:
            seed = tx = None
            sent = want = owe = code = new = late = 0
        if not kind:
            seed = data[1:]
            new = 2 if x else new or 1
        if not x:
            return
        x = open
        open = 0
    else:
        if b[4] & 127 == sent:
            tx = None
        if kind == 4 and tx:
            uart.write(tx)
        if kind == 5:
            owe = owe or 3
        if kind < 6:
            return
        owe = 3
        if n != want:
            if not n - want & 64:  # ahead, and not once more
                owe = 4
            return
        n = n + 1 & 127
        if kind == 8:
            data = body + data
            want = n
            body = data
            end = b[1] & 2
            open = ~b[1] & 1
            left = 16384
            return
        if kind == 10 and open:
            data = body + data
            want = n
            body = data
            end = b[1] & 2
            return
        if kind == 11:
            want = n
            left += data[0] | data[1] << 8
            return
        if kind != 12:
            want = n
            return
        if data[0] == 2:
            late = running_time() + 1000
        if open or body:
            code = data[0]
        want = n
        x = open
        open = 0
    body = data[:0]
    if x:
        raise OSError(104)


def send(kind, stream, data, end):
    # The caller has waited until nothing is in the slot, `tx`. end: 2 for the stream's last frame.
    global tx, sent, owe
    b = bytes((30, 132 | kind << 3 | end, 128 | stream, 128 | sent, 128 | want))
    x = y = 0
    if kind != 1:
        x = seed[0]
        y = seed[1]
    data = b + data
    for c in data:
        x += c
        y += x
    data += bytes((x % 255, y % 255))
    n = len(data) - 5
    b += bytes((128 | n & 127, 128 | n >> 7))
    data = b + bytes((128 | -sum(b) & 127,)) + data[5:]
    if kind > 7:
        tx = data
        sent = sent + 1 & 127
    owe = 0
    uart.write(data)


def write(data, last=0):
    # Gathers small pieces, but not in a handler that has run for 100 ms.
    # last: 2, with nothing more to write. Cuts what is long before it joins it: the heap is in pieces.
    global out, body, open, left
    if not open:
        raise OSError(104)
    for i in range(0, len(data) or 1, 32):
        out += data[i : i + 32]
        if last or len(out) > 31 or out and running_time() - time > 100:
            while tx or left < len(out):
                step()
            left -= len(out)
            if last:
                open = 0
                body = bytes()
            send(10, 1, out, last)
            out = bytes()
