# The frames of Protocol/vectors through the link: the good ones do what they say, of the bad ones nothing
# is taken, and the link finds back.

import json
from binascii import unhexlify

import harness
from board import Board
from harness import equal
from host import ACK, CANCEL, DATA, EVENT, NAK, PING, REQUEST, WELCOME
from line import Blocking, Line, Trickle

VECTORS = __file__.rsplit("/", 1)[0] + "/../../Protocol/vectors/"


def cases(name, direction="to_board", check="crc32"):
    # The cases that concern a board with CRC-32, and how many others there are.
    with open(VECTORS + name) as file:
        content = json.load(file)
    equal(len(content["cases"]), content["count"], name)
    mine = [case for case in content["cases"] if case["direction"] == direction and case["check"] == check]
    return mine, len(content["cases"]) - len(mine)


def open_stream(board, case):
    # So that the case's frame is the next one, on a stream that it can concern.
    if case["kind"] == "request":
        board.before((case["sequence"] - (case["name"] == "request in parts, last")) & 127)
        if case["name"] == "request in parts, last":
            board.host.send(REQUEST, b"GET /lo", case["stream"], part=True)
    else:
        board.before(case["sequence"] - 1 & 127)
        board.host.request(b"POST /", stream=case["stream"], end=False)
    board.run()
    board.host.take()


def try_good(case, line):
    kind, number, ack = case["kind"], case["sequence"], case["acknowledgement"]
    nonce, body = unhexlify(case["nonce"]), unhexlify(case["body"])
    # Slots of the largest frame cost 8 KB each: so many only where a case needs them.
    large = len(body) > 256
    board = Board(line, 8187 if large else 512, 1 if large else 8, 125 if kind != "data" else 127, nonce)
    host = board.host
    frame = unhexlify(case["frame"])
    if kind == "hello":
        host.line.put(frame)
        (welcome,) = board.answers()
        equal(welcome[:2], (WELCOME, 0))
        equal(welcome.body[:4], body[1:])
    elif kind == "ack":
        board.after(ack - 2)
        full = board.fill()
        host.line.put(frame)
        equal(board.answers()[full:], [])
        equal(board.fill(), 2, "slots that the ACK freed")
    elif kind in ("nak", "ping"):
        board.after(ack)
        equal(board.fill(), 8)
        sent = {frame.number: frame for frame in board.answers()}
        host.line.put(frame)
        board.run()
        (answer,) = host.take()
        if kind == "nak":
            equal(answer, sent[number])
        else:
            equal(answer[:5], (ACK, 0, False, host.expected, host.next))
    elif kind == "bye":
        host.request(b"POST /", stream=3, end=False)
        host.line.put(frame)
        host.send(PING)
        equal(board.answers(), [])
        assert board.begun[0].lost
    else:
        open_stream(board, case)
        host.line.put(frame)
        board.run()
        acks = [frame.ack for frame in host.take()]
        equal(acks[-1:], [number + 1 & 127], "acknowledgement")
        if case["part"]:
            equal(board.begun, [])
            host.next = number + 1
            host.request(b"g", stream=case["stream"])
            board.run()
            body += b"g"
        (stream,) = board.begun
        equal(stream.number, case["stream"])
        if case["name"] == "request in parts, last":
            body = b"GET /lo" + body
        if kind == "request":
            equal((stream.head, bool(stream.complete)), (body, True))
        elif kind == "data":
            equal((bytes(stream.body), bool(stream.complete)), (body, case["end"]))
        elif kind == "credit":
            equal(stream.credit, 16384 + 0x2000)
        else:
            equal(kind, "cancel")
            assert stream.lost


def try_all_good(line, number):
    mine, others = cases("frames.json")
    for case in mine:
        try:
            try_good(case, line)
        except Exception as e:
            print("case:", case["name"])
            raise e
    equal((len(mine), others), number, "cases of ours and of others")
    print("%d good frames, %d are not for a board with CRC-32" % (len(mine), others))


def test_good_frames():
    try_all_good(Line, (30, 75))


def test_good_frames_into_full_buffers():
    try_all_good(Blocking, (30, 75))


def test_good_frames_byte_by_byte():
    try_all_good(Trickle, (30, 75))


def try_bad(case, line):
    board = Board(line, body=256, slots=16, nonce=unhexlify(case["nonce"]))
    host = board.host
    host.request(b"POST /", end=False)
    host.send(DATA, b"before", 1)
    # An event for each number that a case could acknowledge or ask for, none acknowledged: ROUTES was 0.
    equal(board.fill(11), 11)
    board.run()
    host.take()
    (stream,) = board.begun
    host.line.put(unhexlify(case["bytes"]))
    board.run()
    for frame in host.take():
        equal((frame.kind, frame.number, frame.ack), (NAK, 2, 2), "answer")
    # The link may wait for the rest of a frame; what the host repeats gets it out of there.
    for _ in range(1 + (256 + 12) // 8 + 1):
        host.send(PING, ack=0)
        board.run()
        answers = host.take()
        if ACK in [frame.kind for frame in answers]:
            break
    equal(answers[-1].ack, 2, "what the board expects")
    equal((bytes(stream.body), stream.credit, stream.lost), (b"before", 16384, False))
    host.send(NAK, number=5, ack=0)
    board.run()
    equal([(frame.kind, frame.number) for frame in host.take()], [(EVENT, 5)])
    host.send(DATA, b" and after", 1, ack=0)
    board.run()
    equal(bytes(stream.body), b"before and after")
    equal([frame.kind for frame in host.take() if frame.kind == CANCEL], [])


def try_all_bad(line):
    mine, others = cases("bad-frames.json")
    for case in mine:
        try:
            try_bad(case, line)
        except Exception as e:
            print("case:", case["name"])
            raise e
    equal((len(mine), others), (56, 113), "cases of ours and of others")
    print("%d bad frames, %d are not for a board with CRC-32" % (len(mine), others))


def test_bad_frames():
    try_all_bad(Line)


def test_bad_frames_byte_by_byte():
    try_all_bad(Trickle)


def test_frames_with_the_other_check_are_not_taken():
    # What Fletcher-16 boards take must mean nothing here: the host sends HELLO with both checks.
    mine, others = cases("frames.json", check="fletcher16")
    for case in mine:
        board = Board(body=8189 if len(case["body"]) > 600 else 256, slots=1, nonce=unhexlify(case["nonce"]))
        board.line.put(unhexlify(case["frame"]))
        board.run()
        equal([frame.kind for frame in board.host.take() if frame.kind not in (NAK,)], [], case["name"])
        equal(board.begun, [])
    equal(len(mine), 23, "cases with Fletcher-16")


harness.run(globals())
