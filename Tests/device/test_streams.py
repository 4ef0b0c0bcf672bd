# Streams and request heads that a host may not, or may, send: unknown, in use, in parts, too much.


import harness
from board import Board
from harness import equal
from host import ACK, CANCEL, CREDIT, DATA, REQUEST, WELCOME
from line import Blocking, Line, Trickle

LINES = (Line, Blocking, Trickle)


def open_stream(board, stream=1):
    board.host.request(b"POST /", stream=stream, end=False)
    board.run()
    board.host.take()
    return board.begun[-1]


def test_streams_that_are_not_known():
    board = Board(streams=4)
    host = board.host
    for kind, body in ((DATA, b"x"), (CREDIT, b"\x00\x01"), (CANCEL, b"\x01")):
        host.send(kind, body, 4)  # over, or never begun
        board.run()
        equal([(f.kind, f.ack) for f in host.take()], [(ACK, host.next)])
    for stream in (5, 127):
        host.request(b"GET /", stream=stream)
        board.run()
        equal([(f.kind, f.stream, f.body) for f in host.take()], [(CANCEL, stream, b"\x04")])
    host.request(b"GET /", stream=0)
    board.run()
    equal([(f.kind, f.body) for f in host.take()], [(CANCEL, b"\x04")])
    equal(board.begun, [])


def test_stream_in_use():
    board = Board()
    host = board.host
    stream = open_stream(board)
    host.request(b"GET /", stream=1)
    board.run()
    equal([(f.kind, f.stream, f.body) for f in host.take()], [(CANCEL, 1, b"\x04")])
    equal(len(board.begun), 1)
    return stream


def test_head_in_parts():
    for line in LINES:
        board = Board(line, body=64)
        host = board.host
        head = b"GET /" + b"a" * 900
        for start in range(0, len(head), 60):
            host.send(REQUEST, head[start : start + 60], 1, part=True)
            if start == 120:
                host.request(b"GET /between", stream=2)  # on another stream
        host.send(REQUEST, b"\nName: value\n\nbody", 1, end=True)
        board.run()
        heads = [(s.number, bytes(s.head)) for s in board.begun]
        equal(heads, [(2, b"GET /between"), (1, head + b"\nName: value")])
        equal(bytes(board.begun[1].body), b"body")
        assert board.begun[1].complete
        # The empty line may fall on the border of two parts.
        host.send(REQUEST, b"POST /\n", 3, part=True)
        host.send(REQUEST, b"\nbody", 3, end=True)
        board.run()
        equal((bytes(board.begun[2].head), bytes(board.begun[2].body)), (b"POST /", b"body"))


def test_head_too_long():
    # h is 1024, and what is above it may be refused; nothing of it may begin, or stay.
    board = Board(body=64, slots=8)
    host = board.host
    refused = sent = 0
    for _ in range(40):
        host.send(REQUEST, b"x" * 60, 1, part=True)
        sent += 60
        board.run()
        refused += len([f for f in host.take() if f.kind == CANCEL and f.body == b"\x04"])
        host.ack()
        board.run()
        if refused:
            break
    assert refused == 1 and 1024 < sent <= 1024 + 120, "refused after %d bytes" % sent
    host.request(b"GET /", stream=2)
    board.run()
    equal(bytes(board.begun[0].head), b"GET /")
    welcome = [f for f in host.seen if f.kind == WELCOME][-1]
    assert b"\nh=1024\n" in welcome.body


def test_more_than_was_granted():
    board = Board(body=32)  # k=128
    host = board.host
    stream = open_stream(board)
    for _ in range(4):
        host.send(DATA, b"x" * 32, 1)
    board.run()
    equal(host.kinds(), [])
    equal(len(stream.body), 128)
    host.send(DATA, b"x", 1)
    board.run()
    cancel = host.take()[-1]
    equal((cancel.kind, cancel.stream, cancel.body[:1]), (CANCEL, 1, b"\x06"))
    assert stream.lost
    host.send(DATA, b"x", 1)  # the stream is over
    host.request(b"GET /", stream=1)
    board.run()
    equal(host.kinds(), [])
    equal(len(board.begun), 2)


harness.run(globals())
