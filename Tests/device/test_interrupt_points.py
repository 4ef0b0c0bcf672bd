# An interrupt that comes too late hits the link's own code. Wherever it does, nothing is lost, and nothing
# comes twice: it costs a frame at most, which is sent again, as on a line with noise.

from time import ticks_add, ticks_ms

import points

points.load("boardlink")

import harness
from board import EVENT, Board
from harness import equal
from host import ACK, CANCEL, CREDIT, DATA, HELLO, NAK, PING, REQUEST, WELCOME, decode
from line import Line
from points import point

BODY = bytes(i * 7 & 255 for i in range(110))
CANCELLED = [(CANCEL, b"\x01")]


class Talk:
    # A host that repeats what the board has not got, and a server around the board's link.

    def __init__(self):
        self.board = Board(Line, body=32, slots=2, streams=4)
        self.line = self.board.line
        self.host = self.board.host
        self.host.read = self.read
        self.link = self.board.link
        self.link.ready = lambda ms: bool(self.line.input)  # a poll takes a millisecond here
        self.sent = {}  # frames of the host, by number
        self.taken = []  # frames of the board, in order
        self.handler = None  # the stream whose handler runs
        self.killed = set()  # streams whose handlers were hit
        self.link.late = ticks_add(ticks_ms(), 60000)  # as when a CANCEL with code 2 has come

    # The server

    def serve(self):
        while True:
            try:
                for stream in self.board.begun:
                    self.handle(stream)
                if not self.line.input:
                    if self.link.owe:
                        self.link.acknowledge()
                    return
                self.link.step()
            except KeyboardInterrupt as e:
                self.interrupted(e)

    def interrupted(self, exception):
        stream = self.handler
        assert self.link.interrupted(stream, exception), "it is to stop the server"
        if stream:
            self.handler = None
            self.killed.add(stream.number)

    def handle(self, stream):
        # An echo. It is the handler who takes and writes, and the server who flushes.
        if not stream.over:
            self.handler = stream
            stream.write(stream.take(-1))
            self.handler = None
            stream.flush(stream.complete and not stream.body)

    def emit(self, data):
        try:
            return self.link.send(EVENT, 0, data)
        except KeyboardInterrupt as e:
            self.interrupted(e)

    # The host

    def send(self, kind, body=b"", stream=0, **fields):
        self.sent[self.host.next] = (kind, body, stream, fields)
        self.host.send(kind, body, stream, **fields)

    def settle(self):
        # Until the board has all, and has said all: its answer to PING says that nothing is missing, and
        # nothing comes with it.
        for _ in range(20):
            before = self.host.expected
            self.settled = False
            self.host.send(PING)
            self.serve()
            self.read()
            if self.settled and self.host.expected == before:
                return
        raise AssertionError("it does not settle")

    def read(self):
        # Frames whose check is right, wherever they begin.
        data = bytes(self.line.take())
        at = 0
        while at < len(data):
            frames = []
            n = 8
            if data[at] == 0x1E and at + n <= len(data):
                if not ACK <= data[at + 1] >> 3 & 15 <= PING:
                    n += data[at + 5] & 127 | (data[at + 6] & 63) << 7
                try:
                    frames, text = decode(data[at : at + n], self.host.nonce)
                except AssertionError:
                    pass
            if frames:
                self.take(frames[0])
            at += n if frames else 1

    def take(self, frame):
        host = self.host
        if frame.kind == WELCOME:
            return
        if frame.kind >= REQUEST and frame.number == host.expected:
            host.expected = frame.number + 1 & 127
            self.taken.append(frame)
        elif (frame.kind >= REQUEST or frame.kind == ACK) and frame.number - host.expected - 1 & 127 < 63:
            host.send(NAK, number=host.expected)
        if frame.kind in (NAK, ACK):
            self.settled = frame[3:5] == (host.expected, host.next)
            for number in range(frame.ack, host.next):
                kind, body, stream, fields = self.sent[number]
                host.send(kind, body, stream, number=number, **fields)

    def answer(self, stream):
        # Its body, and how it ended.
        frames = [frame for frame in self.taken if frame.stream == stream]
        ends = [(frame.kind, b"") for frame in frames if frame.end]
        ends += [(frame.kind, frame.body) for frame in frames if frame.kind == CANCEL]
        return b"".join(frame.body for frame in frames if frame.kind == DATA), ends


def converse(places=0, calls=0, share=0):
    # All that a link does in a session, interrupted after so many places or calls. False: there were less.
    talk = Talk()
    host = talk.host
    point.left = places or -1
    talk.line.strike = calls or -1
    talk.line.share = share
    talk.send(REQUEST, b"POST /ec", 1, part=True)
    talk.send(REQUEST, b"ho\n\n" + BODY[:10], 1)
    for start in range(10, len(BODY), 25):
        talk.send(DATA, BODY[start : start + 25], 1, end=start + 25 >= len(BODY))
    talk.settle()
    talk.send(REQUEST, b"POST /part", 3, part=True)
    talk.send(CANCEL, b"\x01", 3)
    talk.send(REQUEST, b"POST /", 4)
    talk.send(CREDIT, b"\x00\x02", 4)
    talk.send(CANCEL, b"\x01", 4)
    host.send(NAK, number=host.expected - 1 & 127)
    host.send(HELLO, b"\x81" + host.nonce)
    talk.settle()
    talk.line.put(b"\x1e noise")
    emitted = talk.emit(b"button\npressed")
    talk.send(REQUEST, b"POST /\x03\n\n" + BODY[:15], 3, end=True)
    talk.settle()
    struck = talk.line.strike < 0 > point.left
    point.left = -1
    for stream, body, ends in (
        (1, BODY, [(DATA, b"")]),
        (3, BODY[:15], CANCELLED + [(DATA, b"")]),
        (4, b"", CANCELLED),
    ):
        if stream in talk.killed:
            got, ends = talk.answer(stream)
            assert body.startswith(got), got
            equal(ends[-1][0], CANCEL)
        else:
            body_got, ends_got = talk.answer(stream)
            equal((body_got, set(ends_got)), (body, set(ends)))
            equal(len(ends_got), len(ends))
    events = len([frame for frame in talk.taken if frame.kind == EVENT >> 3])
    assert events == (emitted is True) or emitted is None and events <= 1, events
    equal([stream.head for stream in talk.board.begun], [b"POST /echo", b"POST /", b"POST /\x03"])
    equal(talk.link.later, [])
    assert all(stream is None or stream.over for stream in talk.link.streams)
    equal(talk.link.parts, {})
    if not talk.killed:
        # Host and board agree on what may still be sent.
        granted = sum(frame.body[0] for frame in talk.taken if frame.kind == CREDIT)
        equal(talk.board.begun[0].room, granted - len(BODY[10:]))
    return struck


def test_where_code_jumps():
    number = 1
    while converse(places=number):
        number += 1
    assert number > 500


def test_in_calls_that_read_or_write():
    for share in (0, 1, 2):
        number = 1
        while converse(calls=number, share=share):
            number += 1
        assert number > 50


harness.run(globals())
