# The link for the smallest boards: one stream, one slot, Fletcher-16; see Protocol/README.md.
#
# State is global, and kinds are the numbers of a frame's byte 1, for each attribute and each name that the
# firmware does not have costs heap: 84 HELLO, 8C WELCOME, 94 BYE, 98 ACK, A0 NAK, A8 PING, C4 REQUEST,
# D4 DATA, DC CREDIT, E4 CANCEL, EC EVENT, F4 ERROR, FC ROUTES; 2 more is E, 1 more is P.
#
# The C stack has room for six calls: main.py itself, start(), a handler, one function that it calls, write(),
# and step() or send(). So these two call nothing.

from microbit import uart

rx = part = body = b""  # read from the line; of a head; of the request's body, not read by the handler yet
seed = None  # the session's nonce
last = None  # the frame that is not acknowledged
head = None  # a request that no handler runs for yet
open = None  # the handler may write; 0: not any more
sent = want = 0  # numbers of the next frames to send and to take
left = 0  # credit: bytes that may be sent
new = 0  # WELCOME is to be sent; 2: ROUTES as well
owe = 0  # the kind of answer that is due
end = 0  # the request's body is complete
code = 0  # of a CANCEL that is to be sent


def step():
    # Takes a frame; without one reads, and without anything to read acknowledges. Raises OSError when the
    # stream of a handler that runs is over.
    global rx, last, owe, want, sent, seed, head, part, body, end, open, left, code, new
    rx = rx[rx.find(b"\x1e") :] if b"\x1e" in rx else b""
    b = rx[:8]
    i = 8
    if len(b) == 8:
        kind = b[1] & 0xFC
        if not 0x98 <= kind < 0xB0:
            i += b[5] & 127 | (b[6] & 63) << 7
        if sum(b) & 127 or min(b[1:]) < 128 or i == 9 or i > 55:
            rx = rx[1:]
            return
    if len(rx) < i:
        if uart.any():
            rx += uart.read(63)
        elif owe:
            n = want if owe == 0xA0 else sent
            b = 30, owe, 128, n | 128, want | 128, n ^ seed[2], want ^ seed[3]
            uart.write(bytes(b + (-sum(b) & 127 | 128,)))
            owe = 0
        return
    data = rx[8:i]
    rx = rx[i:]
    n = b[3] & 127

    if i == 8:  # the guards
        if not seed or b[5] != n ^ seed[2] or b[6] != b[4] & 127 ^ seed[3]:
            return
    else:
        if b[6] & 64:
            data = data.replace(b"\x10C", b"\x03").replace(b"\x10P", b"\x10")
        x = y = 0
        if kind > 0x84:
            if not seed:
                return
            x = seed[0]
            y = seed[1]
        i = data[-2:]
        data = data[:-2]
        for c in b[:5] + data:
            x += c
            y += x
        if not kind & 4 or i != bytes((x % 255, y % 255)):
            if kind > 0x84:
                owe = 0xA0
            return

        if kind < 0x98:  # the session begins, goes on or is over
            x = kind == 0x94 or data[1:] != seed
            if x:
                seed = last = head = None
                owe = want = sent = code = new = 0
                part = b""
            if kind == 0x84:
                seed = data[1:]
                new = 2 if x else new or 1
            if x and open:
                open = 0
                raise OSError(104)
            return

    if b[4] & 127 == sent:
        last = None
    if kind == 0xA8:
        owe = 0x98
    elif kind == 0xA0:
        if last:
            uart.write(last)
    elif kind > 0xC0:
        owe = 0x98
        if n != want:
            if not n - want & 64:  # ahead, and not once more
                owe = 0xA0
            return
        want = want + 1 & 127
        if kind == 0xC4:
            part += data
            if not b[1] & 1:
                head, body = (part + b"\n\n").split(b"\n\n", 1)
                body = body[:-2]
                part = b""
                end = b[1] & 2
                left = 16384
        elif open:
            if kind == 0xD4:
                body += data
                end = b[1] & 2
            elif kind == 0xDC:
                left += data[0] | data[1] << 8
            elif kind == 0xE4:
                code = data[0]
                open = 0
                raise OSError(104)
