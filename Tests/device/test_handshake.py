# HELLO, once, again and anew, and BYE.


import harness
from board import Board
from harness import equal
from host import ACK, BYE, DATA, EVENT, HELLO, NAK, NONCE, PING, REQUEST, ROUTES, WELCOME, encode
from line import Blocking, Line, Trickle

LINES = (Line, Blocking, Trickle)
OTHER = b"\x88\x99\xaa\xbb"


def flip(data, at, bit=0x20):
    return data[:at] + bytes((data[at] ^ bit,)) + data[at + 1 :]


def open_stream(board, stream=1):
    board.host.request(b"POST /", stream=stream, end=False)
    board.run()
    board.host.take()
    return board.begun[-1]


def test_hello_again():
    for line in LINES:
        board = Board(line)
        host = board.host
        stream = open_stream(board)
        equal(board.fill(3), 3)
        host.read()
        for _ in range(2):
            host.hello()
            board.run()
            welcome = host.take()[-1]
            equal((welcome.kind, welcome.number, welcome.body[:4]), (WELCOME, host.expected, NONCE))
        host.send(DATA, b"goes on", 1, ack=1)
        board.run()
        equal((bytes(stream.body), stream.lost), (b"goes on", False))
        host.send(NAK, number=2, ack=1)  # slots are what they were
        board.run()
        equal([(f.kind, f.number) for f in host.take() if f.kind == EVENT], [(EVENT, 2)])


def test_hello_anew():
    for line in LINES:
        board = Board(line)
        host = board.host
        streams = [open_stream(board, n) for n in (1, 3)]
        board.fill()
        host.send(REQUEST, b"GET /forg", 2, part=True, ack=1)
        host.request(b"GET /", stream=100, ack=1)  # refused, as soon as a slot is free
        board.run()
        host.take()
        host.hello(OTHER)
        board.run()
        # All that the board had sent in the old session was taken above.
        kinds = [(f.kind, f.number, f.ack) for f in host.take()]
        equal(kinds, [(WELCOME, 0, 0), (ROUTES, 0, 0)])
        assert streams[0].lost and streams[1].lost
        equal(board.fill(), 7, "slots beside that of ROUTES")
        host.request(b"GET /new", stream=1)
        host.request(b"otten", stream=2)
        board.run()
        equal([bytes(s.head) for s in board.begun[2:]], [b"GET /new", b"otten"])
        # A frame of the session before means nothing.
        board.line.put(encode(DATA, b"old", 1, number=2, nonce=NONCE))
        board.run()
        equal([(f.kind, f.number) for f in host.take() if f.kind != EVENT], [(ACK, 8), (NAK, 2)])


def test_hello_of_another_version_or_length():
    board = Board(hello=False)
    host = board.host
    for body in (b"\x82" + NONCE, b"\x81", b"\x81" + NONCE + b"\x80"):
        board.line.put(encode(HELLO, body))
        board.run()
        kinds = host.kinds()
        assert kinds in ([], [WELCOME]), kinds
        host.line.put(encode(PING))
        host.line.put(encode(REQUEST, b"GET /", 1, end=True))
        board.run()
        equal((host.take(), board.begun), ([], []), "there is no session")


def test_bye():
    board = Board()
    host = board.host
    stream = open_stream(board)
    host.send(BYE, b"closing")
    board.run()
    assert stream.lost
    host.send(PING)
    host.request(b"GET /", stream=2)
    host.line.put(flip(host.make(DATA, b"x", 1), 8))
    board.run()
    equal(host.take(), [], "silence")
    equal(board.fill(), 0)


harness.run(globals())
