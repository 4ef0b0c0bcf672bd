# What the link allocates: the claims at the head of boardlink/link.py, proved with a locked heap, and the
# known allocations counted. The unix port has 64 bits: there the check's integer is no object.

import gc

import harness
import micropython
from board import EVENT, Board
from harness import equal
from host import ACK, DATA, NAK, PING
from line import Line


class Fixed(Line):
    # Gives and takes without allocating, from and to buffers of its own.

    def __init__(self):
        Line.__init__(self)
        self.sent = bytearray(1000)
        self.size = 0

    def ready(self):
        # What put() collected is what the board finds.
        self.source = memoryview(self.input)
        self.at = 0
        self.input = b""
        self.size = 0

    def readinto(self, buffer, n=-1):
        if self.input:
            return Line.readinto(self, buffer, n)  # not prepared: the handshake
        at = self.at
        source = self.source
        for i in range(n):
            buffer[i] = source[at + i]
        self.at = at + n
        return n

    def write(self, buffer, start, n=-1):
        if n < 0:
            start, n = 0, start
        sent = self.sent
        size = self.size
        for i in range(n):
            sent[size + i] = buffer[start + i]
        self.size = size + n
        return n

    def take(self):
        data = bytes(self.sent[: self.size])
        self.size = 0
        return data


def locked(function):
    # Calls it with the heap locked: any allocation raises MemoryError.
    gc.collect()
    micropython.heap_lock()
    try:
        return function()
    finally:
        micropython.heap_unlock()


def prepared(kind, body=b"", stream=0, slots=4, events=0, **fields):
    # A board that finds just this frame of the host's on its line, and what the board then says.
    board = Board(Fixed, slots=slots)
    board.host.ack()
    board.run()
    board.fill(events)
    board.host.take()
    board.host.send(kind, body, stream, **fields)
    board.line.ready()
    return board


def step(board, size):
    while board.line.at < size:
        board.link.step()


def test_the_heap_lock_works():
    # Or the proofs below prove nothing.
    try:
        locked(lambda: bytearray(100))
    except MemoryError:
        return
    raise AssertionError("a locked heap gave memory")


def test_acknowledgement_received():
    board = prepared(ACK, events=4)
    equal(board.fill(), 0)
    locked(lambda: step(board, 8))
    equal(board.fill(), 4, "slots that are free again")


def test_ping_and_its_answer():
    board = prepared(PING)
    locked(lambda: step(board, 8))
    equal([frame.kind for frame in board.host.take()], [ACK])


def test_acknowledgement_sent():
    board = prepared(PING)
    locked(board.link.acknowledge)
    equal([frame.kind for frame in board.host.take()], [ACK])


def test_frame_sent():
    board = prepared(PING)
    data = b"e\n" + b"x" * 62
    assert locked(lambda: board.link.send(EVENT, 0, data))
    equal([frame.body for frame in board.host.take()], [data])


def test_frame_that_finds_no_slot():
    board = prepared(PING, events=4)
    equal(locked(lambda: board.link.send(EVENT, 0, b"e\n")), False)


def test_frame_sent_again():
    board = prepared(NAK, events=3, number=2, ack=1)
    locked(lambda: step(board, 8))
    equal([frame.number for frame in board.host.take()], [2])


def test_noise_received():
    board = prepared(PING)
    board.line.source = memoryview(b"\x00" * 64)
    # Noise that holds no start of a frame: only looked at.
    locked(lambda: step(board, 64))
    equal(board.host.take(), [])


def used(function, *args):
    # The bytes of heap that the call took, garbage included.
    gc.collect()
    gc.disable()
    try:
        before = gc.mem_alloc()
        function(*args)
        return gc.mem_alloc() - before
    finally:
        gc.enable()


def test_known_allocations():
    # Ceilings, so that a change that allocates more is seen; blocks of the heap have 32 bytes.
    nothing = used(lambda: None)
    rows = []

    def measure(name, ceiling, size, function, *args):
        cost = used(function, *args) - nothing
        rows.append((name, cost))
        assert size <= cost <= ceiling, "%s took %d bytes" % (name, cost)

    board = prepared(PING)
    measure("PING received and answered", 0, 0, step, board, 8)
    board = prepared(DATA, b"x" * 64, 3)
    measure("DATA of 64 bytes for a stream that is over", 320, 64, step, board, 76)
    board = prepared(8, b"GET /", 1, end=True)
    measure("REQUEST of 5 bytes, with its Stream", 1024, 32, step, board, 17)
    stream = board.begun[0]
    board.host.send(DATA, b"x" * 64, 2)
    board.line.ready()
    stream.write("x" * 40)
    measure("flush of a response of 40 bytes", 192, 0, stream.flush, True)
    board = prepared(PING)
    measure("send of 64 bytes", 0, 0, board.link.send, EVENT, 0, b"x" * 64)
    for name, cost in rows:
        print("%-46s %4d bytes" % (name, cost))


harness.run(globals())
