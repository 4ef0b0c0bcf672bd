# The host's end of the link for tests, made from Protocol/README.md alone.

import time
from binascii import crc32, hexlify
from collections import namedtuple

HELLO, WELCOME, BYE, ACK, NAK, PING = 0, 1, 2, 3, 4, 5
REQUEST, DATA, CREDIT, CANCEL, EVENT, ERROR, ROUTES = 8, 10, 11, 12, 13, 14, 15
NONCE = b"\xf0\xe1\xd3\x8d"
PATIENCE = 5000  # ms

Frame = namedtuple("Frame", ("kind", "stream", "end", "number", "ack", "body"))


def header(kind, flags, stream, number, ack, low, high):
    h = bytearray((0x1E, kind << 3 | flags, stream, number, ack, low, high, 0))
    for i in range(1, 7):
        h[i] |= 0x80
    h[7] = 0x80 | -sum(h) & 127
    return bytes(h)


def encode(kind, body=b"", stream=0, end=False, part=False, number=0, ack=0, nonce=NONCE, escape=True):
    if kind in (ACK, NAK, PING):
        return header(kind, 0, stream, number, ack, number ^ nonce[2] & 127, ack ^ nonce[3] & 127)
    flags = (2 if end else 0) | (1 if part else 0)
    first = header(kind, flags, stream, number, ack, 0, 0)[:5]
    seed = crc32(nonce) if kind > WELCOME else 0
    body += crc32(body, crc32(first, seed)).to_bytes(4, "little")
    high = 0
    if escape and b"\x03" in body:
        body = body.replace(b"\x10", b"\x10P").replace(b"\x03", b"\x10C")
        high = 64
    return header(kind, flags, stream, number, ack, len(body) & 127, high | len(body) >> 7) + body


def decode(data, nonce=NONCE):
    # The frames and the bytes between them; a wrong check is an error: these lines lose nothing.
    frames, text, at = [], b"", 0
    while at < len(data):
        h = data[at : at + 8]
        if h[0] != 0x1E or len(h) < 8 or sum(h) & 127 or min(h[1:]) < 0x80:
            text += data[at : at + 1]
            at += 1
            continue
        kind = h[1] >> 3 & 15
        body = b""
        if kind in (ACK, NAK, PING):
            assert h[5] & 127 == h[3] & 127 ^ nonce[2] & 127, "first guard"
            assert h[6] & 127 == h[4] & 127 ^ nonce[3] & 127, "second guard"
        else:
            assert not h[1] & 5 and not h[6] & 64, "C, P and X are not this board's: %r" % data[at:]
            n = h[5] & 127 | (h[6] & 63) << 7
            body = data[at + 8 : at + 8 + n]
            check = crc32(body[:-4], crc32(h[:5], crc32(nonce) if kind > WELCOME else 0))
            assert len(body) == n and body[-4:] == check.to_bytes(4, "little"), "check of %s" % hexlify(h)
            body = bytes(body[:-4])
            at += n
        frames.append(Frame(kind, h[2] & 127, bool(h[1] & 2), h[3] & 127, h[4] & 127, body))
        at += 8
    return frames, text


class Host:
    def __init__(self, line, conversation=None):
        self.line = line
        line.host = self
        self.nonce = NONCE
        self.next = 0  # the number of the next frame towards the board
        self.expected = 0  # that of the next frame from the board
        self.acknowledged = 0  # what the board knows of that
        self.got = []  # frames from the board that take() has not returned yet
        self.seen = []  # all frames of the session
        self.text = b""
        self.conversation = conversation and conversation(self)
        self.waits = None  # what the conversation waits for; None: that the board settles
        self.deadline = 0
        self.failure = None
        self.polled = False  # the conversation goes on when the board polls the line in vain
        self.closing = False

    # Frames

    def send(self, kind, body=b"", stream=0, **fields):
        # Returns the frame's bytes. number and ack may be given; else they are what they should be.
        data = self.make(kind, body, stream, **fields)
        self.line.put(data)
        return data

    def make(self, kind, body=b"", stream=0, **fields):
        self.read()
        if "number" not in fields:
            fields["number"] = self.next
            if kind >= REQUEST:
                self.next = self.next + 1 & 127
        if "ack" not in fields:
            fields["ack"] = self.expected
        self.acknowledged = fields["ack"]
        return encode(kind, body, stream, nonce=self.nonce, **fields)

    def hello(self, nonce=None, version=1):
        self.read()
        new = nonce is not None and nonce != self.nonce or not self.seen
        self.nonce = nonce or self.nonce
        if new:
            self.next = self.expected = self.acknowledged = 0
        self.line.put(encode(HELLO, bytes((0x80 | version,)) + self.nonce))

    def request(self, head, body=b"", stream=1, end=True, **fields):
        if body:
            head += b"\n\n"
        return self.send(REQUEST, head + body, stream, end=end, **fields)

    def credit(self, n, stream=1):
        self.send(CREDIT, bytes((n & 255, n >> 8)), stream)

    def ack(self):
        self.send(ACK)

    def read(self):
        # Looks at what the board has sent.
        frames, text = decode(self.line.take(), self.nonce)
        self.text += text
        self.got += frames
        self.seen += frames
        for frame in frames:
            if frame.kind >= REQUEST and frame.number == self.expected:
                self.expected = self.expected + 1 & 127

    def take(self):
        self.read()
        frames = self.got
        self.got = []
        return frames

    def kinds(self):
        # Kinds of the frames that came, ACK left out: when the board acknowledges is its own affair.
        return [frame.kind for frame in self.take() if frame.kind != ACK]

    def answer(self, stream=1):
        # The response so far, and whether it has ended; takes all frames.
        frames = [frame for frame in self.take() if frame.kind == DATA and frame.stream == stream]
        return b"".join(frame.body for frame in frames), bool(frames) and frames[-1].end

    # The conversation

    def advance(self):
        # One step of the conversation. False: it is over.
        try:
            self.waits = next(self.conversation)
            self.deadline = time.ticks_add(time.ticks_ms(), PATIENCE)
            return True
        except StopIteration:
            pass
        except Exception as e:
            self.failure = e
        self.closing = True
        return False

    def may_go_on(self):
        if not self.waits or self.waits():
            return True
        if time.ticks_diff(self.deadline, time.ticks_ms()) < 0:
            self.failure = AssertionError("waited in vain")
            self.closing = True
        return self.closing

    # Called by the line

    def idle(self):
        if self.closing:
            self.read()
            if self.expected != self.acknowledged:
                self.ack()  # or the board waits for it
        elif self.polled and self.may_go_on() and (self.closing or not self.advance()):
            raise KeyboardInterrupt

    def starved(self):
        # The board waits inside of a frame, so that nothing else of it runs.
        if self.closing or not self.advance():
            self.closing = True
            raise KeyboardInterrupt
