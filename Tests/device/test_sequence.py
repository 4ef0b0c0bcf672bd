# Sequence numbers, acknowledgements and slots.


import harness
from board import Board
from harness import equal
from host import ACK, CANCEL, DATA, NAK
from line import Blocking, Trickle
from talks import session, talk_async

import ahttpserver


def test_numbers_run_round():
    # 136 requests and answers: both directions' numbers pass 127.
    for kind in (Blocking, Trickle):
        line = kind()
        app = ahttpserver.HTTPServer(stream=line, body=64, slots=8, streams=8)

        @app.route("GET", "/")
        async def root(reader, writer, request):
            writer.write(request.query)

        def conversation(host):
            first = len(host.seen)
            for turn in range(0, 136, 8):
                for i in range(8):
                    host.request(b"GET /?%d" % (turn + i), stream=1 + i)
                yield
                equal([f.body for f in host.take()], [b"%d" % (turn + i) for i in range(8)])
            numbers = [f.number for f in host.seen[first:]]
            equal(numbers, [(1 + i) & 127 for i in range(136)])

        talk_async(app, line, session(conversation))


def test_nak_sends_the_slot_again():
    # Byte for byte, each of three slots, at every place of the ring and through the wrap at 128.
    board = Board(slots=4)
    host = board.host
    sent = {}
    for turn in range(140):
        host.read()
        number = host.expected
        equal(board.fill(1), 1)
        sent[number] = bytes(board.line.output)
        host.read()
        oldest = number - 2 & 127
        for back in range(min(turn + 1, 3)):
            asked = number - back & 127
            host.send(NAK, number=asked, ack=max(number - 2, 0) if turn < 3 else oldest)
            board.line.output = bytearray()
            board.run()
            equal(bytes(board.line.take()), sent[asked], "frame %d" % asked)
    host.take()
    for wrong in (number + 1, number + 4, number - 3, number + 64):  # what is not under way
        host.send(NAK, number=wrong & 127, ack=oldest)
        board.run()
        equal(host.take(), [])


def test_acknowledgements_that_cannot_be():
    board = Board(slots=4)
    host = board.host
    equal(board.fill(), 3, "ROUTES has the fourth slot")
    host.read()
    for wrong in (5, 6, 64, 127):
        host.send(ACK, ack=wrong)
        board.run()
        equal(board.fill(), 0, "slots that nobody freed")
    host.send(ACK, ack=2)
    board.run()
    equal(board.fill(), 2)
    host.read()
    host.send(ACK, ack=1)  # late
    board.run()
    equal(board.fill(), 0)


def test_slots_are_never_exceeded():
    # Whatever wants to be sent: answers, credits, errors, refusals. And control frames are not lost.
    line = Blocking()
    app = ahttpserver.HTTPServer(stream=line, body=64, slots=2, streams=8)
    under_way = [0]

    @app.route("POST", "/")
    async def root(reader, writer, request):
        writer.write(b"y" * 150)
        await writer.drain()
        writer.write(await reader.read(-1))

    def conversation(host):
        bodies = {}
        refused = 0
        for stream in range(1, 9):
            host.request(b"POST /", stream=stream, end=False)
            host.send(DATA, b"x" * 64, stream)
            host.send(DATA, b"x" * 64, stream, end=True)
            host.request(b"GET /", stream=stream + 40)
        for _ in range(200):
            yield
            before = host.acknowledged
            frames = host.take()
            under_way[0] = max(under_way[0], host.expected - before & 127)
            for frame in frames:
                if frame.kind == DATA:
                    bodies[frame.stream] = bodies.get(frame.stream, b"") + frame.body
                    if frame.end:
                        assert bodies[frame.stream].endswith(b"x" * 128)
                elif frame.kind == CANCEL:
                    equal(frame.body, b"\x04")
                    refused += 1
            if len([n for n in bodies if len(bodies[n]) == 278]) == 8 and refused == 8:
                return
            host.ack()
        raise AssertionError("%d refused, %r" % (refused, [(n, len(bodies[n])) for n in bodies]))

    talk_async(app, line, session(conversation))
    equal(under_way, [2], "most frames under way")


harness.run(globals())
