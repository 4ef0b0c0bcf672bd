# Frames, sequence numbers, slots and the handshake. No waiting happens here: a server calls step() when
# ready() says that a byte is there, and learns from False that slots ran out.
#
# Allocates per frame: received, a memoryview for the check and a bytes object for the body; sent,
# acknowledged or sent again: nothing (on 32 bits an integer for the check). Few functions, and those
# long, because each costs the heap some 130 bytes before its first line.
#
# A KeyboardInterrupt comes where code jumps, or in a call that reads, writes or waits. What belongs together,
# a frame's number and what the frame does, is therefore set without a jump between: an interrupt costs a
# frame, as noise does.

import os
import sys
from binascii import crc32
from select import POLLIN, poll
from struct import pack_into
from time import ticks_add, ticks_diff, ticks_ms

from micropython import const

# Kinds, as they stand in byte 1: shifted past the flags.
_WELCOME = const(1 << 3)
_BYE = const(2 << 3)
_ACK = const(3 << 3)
_NAK = const(4 << 3)
_PING = const(5 << 3)
_REQUEST = const(8 << 3)
_DATA = const(10 << 3)
_CREDIT = const(11 << 3)
_CANCEL = const(12 << 3)
_ROUTES = const(15 << 3)
_PART = const(1)
_END = const(2)

_DEADLINE = const(2)
_EXCEPTION = const(3)
_REFUSED = const(4)
_STOPPING = const(5)
_PROTOCOL = const(6)

_START = const(0x1E)
_RESIDUE = const(0x2144DF1C)  # what CRC-32 leaves of a frame and its own check
_HEAD = const(1024)  # largest request head
_LATE = const(1000)  # ms that an interrupt may come after the CANCEL that it goes with
_ASK = const(250)  # ms that a CANCEL may take to come once more

_boot = int.from_bytes(os.urandom(4), "little")


class Link:
    stepping = None  # the stream whose handler's own code runs: what that writes goes out when it pauses
    held = False  # a handler that waits for something else, or has ended, wrote what did not go out yet
    nonce = None  # of the session; None without one

    def __init__(self, server, package, stream, body, slots, streams):
        # body: largest frame body both ways, in bytes; slots: a power of two.
        self.server = server
        self.package = package
        self.source = stream or sys.stdin  # what can be polled
        self.poller = poll()
        self.poller.register(self.source, POLLIN)
        self.read = stream.readinto if stream else sys.stdin.buffer.readinto
        self.out = stream.write if stream else sys.stdout.buffer.write
        self.room = body
        self.head = bytearray(8)  # of the frame being read
        self.checked = memoryview(self.head)[:5]
        self.body = bytearray(body + 4)
        self.view = memoryview(self.body)
        self.got = self.size = 0  # size: of the body and check being read; 0 while it is the head
        self.build = bytearray(8)  # the head being sent
        self.building = memoryview(self.build)[:5]
        self.slots = [bytearray(body + 12) for _ in range(slots)]
        self.streams = [None] * (streams + 1)
        self.parts = {}  # of request heads, by stream
        self.later = []  # control frames that wait for a slot
        self.reset()

    def reset(self):
        self.next = 0  # number of the next sequenced frame
        self.oldest = 0  # the oldest that is not acknowledged
        self.expected = 0
        self.owe = False  # something came that no frame has acknowledged yet
        self.complained = -1  # the number that a NAK was sent for
        self.seed = self.guard0 = self.guard1 = 0
        self.late = None  # until then an interrupt is meant for a handler that was past its deadline
        self.hung = None  # the stream of a handler that was interrupted; then the code of its CANCEL
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

    # Sending

    def control(self, kind, number):
        self._write(self.build, self._build(kind, 0, number, None, None))

    def acknowledge(self):
        self.control(_ACK, self.next)

    def send(self, kind, stream, data, count=abs, n=0):
        # False when there is no host or no free slot. data: at most self.room bytes. count(n) is called when
        # the frame has its number: should an interrupt end the write, the host asks for the frame again.
        number = self.next
        if self.nonce is None or number - self.oldest & 127 >= len(self.slots):
            return False
        frame = self.slots[number & len(self.slots) - 1]
        size = self._build(kind, stream, number, data, frame)
        self.next = number + 1 & 127
        count(n)
        self._write(frame, size)
        return True

    def post(self, kind, stream, data):
        # A short frame that must not get lost: when all slots are taken it goes as soon as one is free.
        if self.later or not self.send(kind, stream, data):
            self.later.append((kind, stream, data, self.later.pop, 0))

    def again(self, number):
        if number - self.oldest & 127 < self.next - self.oldest & 127:
            frame = self.slots[number & len(self.slots) - 1]
            self._write(frame, 8 + (frame[5] & 127 | (frame[6] & 63) << 7))

    def _build(self, kind, stream, number, data, frame):
        # A frame in the buffer given, without data a head alone; returns its size.
        h = self.build
        ack = self.expected
        n = 0
        low = number ^ self.guard0
        high = ack ^ self.guard1
        if data is not None:
            n = len(data) + 4
            low = n & 127
            high = n >> 7
        h[0] = _START
        h[1] = 0x80 | kind
        h[2] = 0x80 | stream
        h[3] = 0x80 | number
        h[4] = 0x80 | ack
        h[5] = 0x80 | low
        h[6] = 0x80 | high
        h[7] = 0x80 | -(_START + kind + stream + number + ack + low + high) & 127
        self.owe = False
        if n:
            frame[0:8] = h
            frame[8 : 4 + n] = data
            seed = self.seed if kind != _WELCOME else 0
            pack_into("<I", frame, 4 + n, crc32(data, crc32(self.building, seed)))
        return 8 + n

    def _write(self, frame, size):
        done = self.out(frame, size) or 0
        while done < size:  # a UART takes what it has room for
            done += self.out(frame, done, size - done) or 0

    # Receiving

    def step(self, slowly=False):
        # Reads what there is, at most to the end of one frame; returns the length of its body and check, or
        # False or True. None: the line gave nothing. slowly: a byte, so that it waits for no more.
        h = self.head
        b = self.body
        begun = None
        while True:
            got = self.got
            size = self.size
            try:
                if not size:
                    n = self.read(memoryview(h)[got:] if got else h, 1 if slowly else 8 - got)
                else:
                    n = self.read(self.view[got:] if got else b, 1 if slowly else size - got)
            except OSError:
                n = None  # a terminal whose other end is closed
            if not n:
                return begun
            begun = False
            got += n
            if got < (size or 8):
                self.got = got
                return False
            self.got = 0
            flags = h[1]
            number = h[3]
            ack = h[4]
            kind = flags & 0x78
            if size:
                break
            low = h[5]
            high = h[6]
            sum = _START + flags + h[2] + number + ack + low + high + h[7]
            good = h[0] == _START and not sum & 127 and flags & h[2] & number & ack & low & high & h[7] & 128
            size = low & 127 | (high & 63) << 7
            control = _ACK <= kind <= _PING
            if not good or not control and not 4 <= size <= len(b):
                # Noise: go on at the next byte that may start a frame.
                i = h.find(b"\x1e", 1)
                if i > 0:
                    h[0 : 8 - i] = h[i:8]
                    self.got = 8 - i
                return False
            if not control:
                self.size = size  # the body follows at once, or a UART says that it does not
                if self.owe and size > 64:
                    self.acknowledge()  # or the host, with its window full, would wait for this frame's end
                if slowly:
                    return False
                continue
            number &= 127
            ack &= 127
            if self.nonce and low & 127 == number ^ self.guard0 and high & 127 == ack ^ self.guard1:
                self._acknowledged(ack)
                if kind == _NAK:
                    self.again(number)
                elif kind == _PING:
                    self.acknowledge()
            return True
        self.size = 0
        if h[6] & 64:
            data = bytes(self.view[:size]).replace(b"\x10C", b"\x03").replace(b"\x10P", b"\x10")
            size = len(data)
            b[:size] = data
        if crc32(self.view[:size], crc32(self.checked, self.seed if kind else 0)) != _RESIDUE:
            if kind and self.nonce:  # kind 0: a HELLO with the other check
                self.complained = self.expected
                self.control(_NAK, self.expected)
            return True
        data = bytes(self.view[: size - 4])
        if not kind:
            if len(data) == 5:
                nonce = data[1:]
                if data[0] == 0x81 and nonce != self.nonce:
                    self.nonce = None
                    self.reset()
                    self.greet(nonce)
                    text = b""
                    for key in self.server._routes:
                        text += b"\n%s %s" % key
                    text = text[1:]
                    while len(text) > self.room:
                        i = text[: self.room].rfind(b"\n") + 1 or self.room
                        self.post(_ROUTES, 0, text[:i])
                        text = text[i:]
                    self.post(_ROUTES | _END, 0, text)
                    self.nonce = nonce
                    self.seed = crc32(nonce)
                    self.guard0 = nonce[2] & 127
                    self.guard1 = nonce[3] & 127
                    self._acknowledged(0)
                else:
                    self.greet(nonce)
            return True
        if not self.nonce or kind < _REQUEST:
            if self.nonce and kind == _BYE:
                self.nonce = None
                self.reset()
            return True
        # A sequenced frame.
        self._acknowledged(ack & 127)
        ahead = (number & 127) - self.expected & 127
        if ahead:
            if ahead > 63:
                self.owe = True  # a copy: our acknowledgement got lost
            elif self.complained != self.expected:
                self.complained = self.expected
                self.control(_NAK, self.expected)
            return True
        after = self.expected + 1 & 127
        self.complained = -1
        self.owe = True
        number = h[2] & 127
        stream = self.streams[number] if number < len(self.streams) else None
        if stream and stream.over:
            stream = None
        if kind == _REQUEST:
            data = self.parts.get(number, b"") + data
            head, mark, body = data.partition(b"\n\n")
            if stream or not 0 < number < len(self.streams) or len(head) > _HEAD:
                self.expected = after
                self.parts.pop(number, 0)
                self.post(_CANCEL, number, bytes((_REFUSED,)))
            elif flags & _PART:
                self.parts[number] = data
                self.expected = after
            else:
                self.streams[number] = self.server._begin(self, number, head, body, flags & _END)
                self.expected = after
                self.parts.pop(number, 0)
        elif kind == _CANCEL and data:
            if data[0] == _DEADLINE:
                self.late = ticks_add(ticks_ms(), _LATE)
            if stream and self.hung is stream:
                self.hung = data[0]
            elif stream or number in self.parts:
                if stream:
                    stream.gone()
                self.later.append((_CANCEL, number, data[:1], self.later.pop, 0))
                self.streams[number] = None
                self.expected = after
                self.parts.pop(number, 0)
                self._acknowledged(self.oldest)
        elif stream:
            if kind == _DATA:
                stream.room -= len(data)
                stream.body += data
                stream.complete |= flags & _END
                self.expected = after
                if stream.room + 4 * self.room < 0:
                    self.cancel(stream, _PROTOCOL)
            elif kind == _CREDIT and len(data) == 2:
                stream.credit += data[0] | data[1] << 8
                self.expected = after
        elif number >= len(self.streams):
            self.expected = after
            self.post(_CANCEL, number, bytes((_REFUSED,)))
        self.expected = after
        return size

    def interrupted(self, stream=None, exception=None):
        # Asked by a server that got a KeyboardInterrupt; stream: whose handler it ended, if any. False: it is
        # to stop the server. True: it came for a deadline, or too late for it, and the host has been told.
        began = ticks_ms()
        if self.late and ticks_diff(self.late, began) < 0:
            self.late = None
        self.hung = stream
        half = self.size  # waited for in vain, and the CANCEL may have gone into it
        wait = 0
        while ticks_diff(ticks_ms(), began) < _ASK:
            if self.ready(wait if self.hung is stream else 0):
                self.step(True)  # to the end of what is there: it may end others that are to hang
            elif self.hung is not stream or self.late or not (half or any(self.streams)):
                break
            elif not wait:
                # The CANCEL may have been damaged, or found a full buffer, which ends with half a frame.
                wait = 10
                self.got = self.size = 0
                self.control(_NAK, self.expected)
        code = self.hung
        if code is stream and self.late:
            code = _EXCEPTION
        self.hung = self.late = None
        if code is stream or self.nonce is None:
            return False
        if stream:
            stream.error(exception, code)
        return True

    def _acknowledged(self, number):
        if number - self.oldest & 127 <= self.next - self.oldest & 127:
            self.oldest = number
            while self.later and self.send(*self.later[0]):
                pass

    # Beginning and end

    def cancel(self, stream, code):
        # Ends the stream from here; the handler's next send or read raises ECONNRESET.
        stream.gone()
        if self.streams[stream.number] is stream:
            self.streams[stream.number] = None
            self.post(_CANCEL, stream.number, bytes((code,)))

    def greet(self, nonce=b"\x80\x80\x80\x80"):
        # WELCOME. Without the nonce of a HELLO: tells a host that already listens, which answers with HELLO.
        name, version = sys.implementation[:2]
        text = b"v=1\nb=%08x\ni=%s %d.%d.%d\nm=%s\na=%s\nf=%d\nh=%d\nw=%d\nq=%d\nn=%d\nk=%d\nc=crc32" % (
            _boot,
            name,
            version[0],
            version[1],
            version[2],
            getattr(sys.implementation, "_machine", "")[:64],
            self.package,
            self.room,
            _HEAD,
            4 * (self.room + 16),
            len(self.slots),
            len(self.streams) - 1,
            4 * self.room,
        )
        data = nonce + text
        frame = bytearray(len(data) + 12)
        self._write(frame, self._build(_WELCOME, 0, self.next, data, frame))

    def stop(self):
        # What was written, a handler's last answer above all, gets 200 ms to arrive. Only answers of handlers
        # that have ended do so: that of another is not whole, and the host must not take it for that.
        end = ticks_add(ticks_ms(), 200)
        while ticks_diff(end, ticks_ms()) > 0:
            for stream in self.streams:
                if stream and (stream.sent or stream.out):
                    stream.flush(stream.closing)
            if self.oldest == self.next and not self.later:
                break
            if self.ready(10):
                self.step()
        for stream in self.streams:
            if stream:
                self.cancel(stream, _STOPPING)
        if self.nonce:
            why = b"the server on the board was stopped"
            frame = bytearray(len(why) + 12)
            self._write(frame, self._build(_BYE, 0, self.next, why, frame))
            self.nonce = None
        self.reset()
