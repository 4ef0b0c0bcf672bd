# Frames, sequence numbers, slots and the handshake. No waiting happens here: a server calls
# step() when ready() says that a byte is there, and learns from False that slots ran out.
#
# Allocates per frame: received, two memoryviews for the check and one bytes object for the body;
# sent, acknowledged or sent again: nothing, on 32 bits an integer for the check.

import os
import sys
from binascii import crc32
from micropython import const
from select import POLLIN, poll
from struct import pack_into

_START = const(0x1E)
_RESIDUE = const(0x2144DF1C)  # what CRC-32 leaves of a frame and its own check

# Kinds, as they stand in byte 1: shifted past the flags.
_WELCOME = const(1 << 3)
_BYE = const(2 << 3)
_ACK = const(3 << 3)
_NAK = const(4 << 3)
DATA = const(10 << 3)
CREDIT = const(11 << 3)
CANCEL = const(12 << 3)
EVENT = const(13 << 3)
ERROR = const(14 << 3)
_ROUTES = const(15 << 3)
END = const(2)

_REFUSED = const(4)
_STOPPING = const(5)
_PROTOCOL = const(6)

_boot = "".join("%02x" % c for c in os.urandom(4))


class Link:
    held = False  # a handler that waits for something else has written what did not go out yet

    def __init__(self, server, package, stream, body, slots, streams):
        # body: largest frame body both ways, in bytes; slots: a power of two.
        self.server = server
        self.package = package
        self.poller = poll()
        self.source = stream or sys.stdin  # what can be polled
        self.poller.register(self.source, POLLIN)
        self.read = stream.readinto if stream else sys.stdin.buffer.readinto
        self.out = stream.write if stream else sys.stdout.buffer.write
        self.room = body
        self.buffer = bytearray(body + 12)  # the frame being read
        self.view = memoryview(self.buffer)
        self.tail = self.view[1:8]  # the header without its first byte
        self.checked = self.view[:5]
        self.got = 0
        self.want = 8
        self.build = bytearray(8)  # the header being sent
        self.build[0] = _START
        self.building = memoryview(self.build)[:5]
        self.slots = [bytearray(body + 12) for _ in range(slots)]
        self.sizes = [0] * slots
        self.streams = [None] * (streams + 1)
        self.parts = {}  # of request heads, by stream
        self.later = []  # control frames that wait for a slot
        self.nonce = None
        self._reset()

    def _reset(self):
        self.next = 0  # number of the next sequenced frame
        self.oldest = 0  # the oldest that is not acknowledged
        self.expected = 0
        self.owe = False  # something came that no frame has acknowledged yet
        self.complained = -1  # the number that a NAK was sent for
        self.seed = self.guard0 = self.guard1 = 0
        self.parts.clear()
        self.later.clear()
        for i, stream in enumerate(self.streams):
            if stream:
                self.streams[i] = None
                stream.gone()

    def ready(self, ms):
        for _ in self.poller.ipoll(ms):
            return True
        return False

    def write(self, buffer, size):
        # A UART may take less than it is given.
        done = self.out(buffer, size) or 0
        while done < size:
            done += self.out(buffer, done, size - done) or 0

    # Sending

    def _header(self, kind, stream, number, low, high):
        h = self.build
        h[1] = 0x80 | kind
        h[2] = 0x80 | stream
        h[3] = 0x80 | number
        h[4] = 0x80 | self.expected
        h[5] = 0x80 | low
        h[6] = 0x80 | high
        h[7] = 0
        h[7] = 0x80 | -sum(h) & 127
        self.owe = False

    def control(self, kind, number):
        self._header(kind, 0, number, number ^ self.guard0, self.expected ^ self.guard1)
        self.write(self.build, 8)

    def acknowledge(self):
        self.control(_ACK, self.next)

    def _frame(self, slot, kind, stream, data, seed):
        n = len(data)
        self._header(kind, stream, self.next, n + 4 & 127, n + 4 >> 7)
        slot[0:8] = self.build
        slot[8 : 8 + n] = data
        pack_into("<I", slot, 8 + n, crc32(data, crc32(self.building, seed)))
        return n + 12

    def _unsequenced(self, kind, data):
        frame = bytearray(len(data) + 12)
        self.write(frame, self._frame(frame, kind, 0, data, 0 if kind == _WELCOME else self.seed))

    def full(self):
        return self.next - self.oldest & 127 >= len(self.slots)

    def send(self, kind, stream, data):
        # False when there is no host or no free slot. data: at most self.room bytes.
        if self.nonce is None or self.full():
            return False
        number = self.next
        i = number & len(self.slots) - 1
        slot = self.slots[i]
        size = self.sizes[i] = self._frame(slot, kind, stream, data, self.seed)
        self.next = number + 1 & 127
        self.write(slot, size)
        return True

    def control_stream(self, kind, stream, data):
        # A short frame that must not get lost: when all slots are taken it goes as soon as one is free.
        if self.later or not self.send(kind, stream, data):
            self.later.append((kind, stream, data))

    # Receiving

    def step(self):
        # Reads what is there, at most to the end of one frame. None: the line gave nothing.
        got = self.got
        try:
            n = self.read(self.view[got:] if got else self.buffer, self.want - got)
        except OSError:
            n = None  # a terminal whose other end is closed
        if not n:
            return None
        self.got = got = got + n
        if got < self.want:
            return False
        b = self.buffer
        if got == 8:
            n = b[5] & 127 | (b[6] & 63) << 7
            control = 0x80 | _ACK <= b[1] < 0x80 | 6 << 3
            good = b[0] == _START and min(self.tail) > 127 and not sum(self.tail) + _START & 127
            if not good or not control and not 4 <= n <= self.room + 4:
                # Noise: go on at the next byte that may start a frame.
                i = b.find(b"\x1e", 1, 8)
                self.got = 8 - i if i > 0 else 0
                if i > 0:
                    b[0 : 8 - i] = b[i:8]
                return False
            if not control:
                self.want = 8 + n
                return False
            self.got = 0
            number = b[3] & 127
            if b[5] & 127 == number ^ self.guard0 and b[6] & 127 == b[4] & 127 ^ self.guard1:
                self._control(b[1], number)
            return True
        self.got = 0
        self.want = 8
        end = got
        if b[6] & 64:
            data = bytes(self.view[8:got]).replace(b"\x10C", b"\x03").replace(b"\x10P", b"\x10")
            end = 8 + len(data)
            b[8:end] = data
        kind = b[1] & 0x78
        if crc32(self.view[8:end], crc32(self.checked, self.seed if kind else 0)) != _RESIDUE:
            if kind and self.nonce is not None:  # kind 0: a HELLO with the other check
                self.complained = self.expected
                self.control(_NAK, self.expected)
            return True
        data = bytes(self.view[8 : end - 4])
        if not kind:
            self._hello(data)
        elif self.nonce is not None:
            if kind == _BYE:
                self.nonce = None
                self._reset()
            elif kind >= 0x40:
                self._sequenced(b, kind, data)
        return True

    def _control(self, kind, number):
        if self.nonce is None:
            return
        self._acknowledged(self.buffer[4] & 127)
        kind &= 0x78
        if kind == _NAK:
            self._again(number)
        elif kind != _ACK:
            self.acknowledge()

    def _again(self, number):
        if number - self.oldest & 127 < self.next - self.oldest & 127:
            i = number & len(self.slots) - 1
            self.write(self.slots[i], self.sizes[i])

    def _acknowledged(self, number):
        done = number - self.oldest & 127
        if 0 < done <= self.next - self.oldest & 127:
            self.oldest = number
            while self.later and self.send(*self.later[0]):
                self.later.pop(0)

    def _sequenced(self, b, kind, data):
        self._acknowledged(b[4] & 127)
        ahead = (b[3] & 127) - self.expected & 127
        if ahead:
            if ahead > 63:
                self.owe = True  # a copy: our acknowledgement got lost
            elif self.complained != self.expected:
                self.complained = self.expected
                self.control(_NAK, self.expected)
            return
        self.expected = self.expected + 1 & 127
        self.complained = -1
        self.owe = True
        number = b[2] & 127
        if number >= len(self.streams):
            self.control_stream(CANCEL, number, bytes((_REFUSED,)))
            return
        stream = self.streams[number]
        if kind == 8 << 3:
            self._request(number, stream, b[1], data)
        elif stream:
            if kind == DATA:
                if not stream.feed(data, b[1] & END):
                    self.cancel(stream, _PROTOCOL, b"more than was granted")
            elif kind == CREDIT and len(data) == 2:
                stream.credit += data[0] | data[1] << 8
            elif kind == CANCEL:
                self.streams[number] = None
                self.control_stream(CANCEL, number, data[:1])
                stream.gone()

    def _request(self, number, stream, flags, data):
        data = self.parts.pop(number, b"") + data
        if number == 0 or stream or len(data) > self.room + 1024:
            self.control_stream(CANCEL, number, bytes((_REFUSED,)))
        elif flags & 1:
            self.parts[number] = data
        else:
            i = data.find(b"\n\n")
            body = b""
            if i >= 0:
                body = data[i + 2 :]
                data = data[:i]
            self.streams[number] = self.server._begin(self, number, data, body, flags & END)

    def cancel(self, stream, code, text=b""):
        # Ends the stream from here; the handler's next send or read raises ECONNRESET.
        if self.streams[stream.number] is stream:
            self.streams[stream.number] = None
            self.control_stream(CANCEL, stream.number, bytes((code,)) + text)
        stream.gone()

    # Handshake

    def _hello(self, data):
        if len(data) != 5:
            return
        nonce = data[1:]
        if data[0] == 0x81 and nonce != self.nonce:
            self.nonce = None
            self._reset()
            self._welcome(nonce)
            self.nonce = nonce
            self.seed = crc32(nonce)
            self.guard0 = nonce[2] & 127
            self.guard1 = nonce[3] & 127
            self._routes()
        else:
            self._welcome(nonce)

    def _welcome(self, nonce):
        implementation = sys.implementation
        text = "v=1\nb=%s\ni=%s %s\nm=%s\na=%s\nf=%d\nh=1024\nw=%d\nq=%d\nn=%d\nk=%d\nc=crc32" % (
            _boot,
            implementation[0],
            ".".join(str(v) for v in implementation[1][:3]),
            getattr(implementation, "_machine", "")[: self.room - 150],
            self.package,
            self.room,
            4 * (self.room + 12),
            len(self.slots),
            len(self.streams) - 1,
            2 * self.room,
        )
        self._unsequenced(_WELCOME, nonce + text.encode())

    def _routes(self):
        text = b""
        for method, path in self.server._routes:
            line = (method + " " + path + "\n").encode()
            if len(text) + len(line) > self.room:
                self.control_stream(_ROUTES, 0, text)
                text = b""
            text += line[: self.room]
        self.control_stream(_ROUTES | END, 0, text)

    def open(self):
        # Tells a host that already listens; it answers with HELLO.
        self._welcome(b"\x80\x80\x80\x80")

    def stop(self, why=b"the server on the board was stopped"):
        # What is under way, a handler's last answer above all, gets 200 ms to arrive.
        for stream in self.streams:
            if stream and (stream.begun or stream.out):
                stream.flush(True)
        for _ in range(20):
            if self.oldest == self.next and not self.later:
                break
            if self.ready(10):
                self.step()
        for stream in self.streams:
            if stream:
                self.cancel(stream, _STOPPING)
        self.bye(why)

    def bye(self, why):
        if self.nonce is not None:
            self._unsequenced(_BYE, why)
            self.nonce = None
        self._reset()
