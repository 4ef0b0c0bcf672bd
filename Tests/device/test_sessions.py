# The sessions of Protocol/vectors, replayed against both servers on each kind of line: after each step of
# the host's the board must have sent exactly what the vectors say.

import json
from binascii import hexlify, unhexlify

import harness
from harness import equal
from host import DATA, ROUTES, WELCOME, decode
from line import Blocking, Line, Trickle
from talks import OPTIONS, talk, talk_async

import ahttpserver
import httpserver

VECTORS = __file__.rsplit("/", 1)[0] + "/../../Protocol/vectors/"
HELLO_TEXT = "200 text/plain\n\nhello"
ECHO_HEAD = "200 application/octet-stream\n\n"
# talks.OPTIONS are those of the vectors' board: f=256 q=4 n=4 k=1024.


class Boom(Exception):
    pass


def async_app(line):
    app = ahttpserver.HTTPServer(stream=line, **OPTIONS)

    @app.route("GET", "/")
    async def root(reader, writer, request):
        writer.write(HELLO_TEXT)

    @app.route("POST", "/echo")
    async def echo(reader, writer, request):
        writer.write(ECHO_HEAD.encode() + await reader.read(-1))

    @app.route("GET", "/boom")
    async def boom(reader, writer, request):
        raise Boom

    return app


def sync_app(line):
    app = httpserver.HTTPServer(stream=line, **OPTIONS)

    @app.route("GET", "/")
    def root(conn, request):
        conn.write(HELLO_TEXT)

    @app.route("POST", "/echo")
    def echo(conn, request):
        conn.write(ECHO_HEAD.encode() + conn.read(-1))

    @app.route("GET", "/boom")
    def boom(conn, request):
        raise Boom

    return app


def same_routes(got, wanted):
    # MicroPython keeps no order in a dict, so the routes come in any; the rest of the frame is exact.
    equal(set(got.body.strip().split(b"\n")), set(wanted.body.strip().split(b"\n")), "routes")
    equal(got[:5], wanted[:5], "ROUTES")


def same_loosely(got, wanted, nonce):
    if wanted.kind == DATA:
        # How a response is cut into frames is the board's affair, and so are CREDIT frames between them.
        got = [frame for frame in got if frame.kind == DATA]
        equal({frame.stream for frame in got}, {1})
        return [frame.end for frame in got], b"".join(frame.body for frame in got)
    frame = got.pop(0)
    equal((frame.kind, frame.stream), (wanted.kind, wanted.stream), "loose step")
    if frame.kind == WELCOME:
        equal(frame.body[:8], nonce + b"v=1\n")
        for line in (b"f=256", b"q=4", b"n=4", b"k=1024", b"c=crc32"):
            assert line in frame.body.split(b"\n"), line
    else:
        assert frame.body.startswith(wanted.body), frame.body


def check(got, wanted, nonce):
    # Both are bytes as they were on the line; wanted: pairs of them and whether that step is loose.
    frames, text = decode(got, nonce)
    equal(text, b"")
    if wanted and is_data(wanted[0], nonce):
        parts = [decode(data, nonce)[0][0].body for data, loose in wanted]
        ends, body = same_loosely(frames, decode(wanted[0][0], nonce)[0][0], nonce)
        equal(body, b"".join(parts))
        equal(ends, [False] * (len(ends) - 1) + [True])
        return
    exact = b""
    for data, loose in wanted:
        ((frame,), _) = decode(data, nonce)
        if loose:
            same_loosely(frames, frame, nonce)
        elif frame.kind == ROUTES:
            same_routes(frames.pop(0), frame)
        else:
            exact += data
            assert frames, "nothing came for %s" % hexlify(data)
            frames.pop(0)
    assert not frames, "too much: %r" % frames
    assert got.endswith(exact), "got %s, wanted %s" % (hexlify(got), hexlify(exact))


def is_data(step, nonce):
    return step[1] and decode(step[0], nonce)[0][0].kind == DATA


def follow(host, line, nonce):
    # Takes what the board sent, and keeps the host's numbers as the vectors have them.
    got = bytes(line.output)
    line.output = bytearray()
    host.nonce = nonce
    for frame in decode(got, nonce)[0]:
        host.next = frame.ack
        if frame.kind >= DATA and frame.number == host.expected:
            host.expected = frame.number + 1 & 127
    return got


def replay(case, app, line, done):
    # A conversation; done gets a 1 for each step that was tried.
    def conversation(host):
        steps = case["steps"]
        host.nonce = nonce = unhexlify(case["nonce"])
        at = 0
        yield
        line.output = bytearray()  # "here I am", which a board says when it starts to serve
        while at < len(steps):
            step = steps[at]
            at += 1
            if "app" in step:
                assert app.emit(step["app"]["emit"], unhexlify(step["app"]["data"]).decode())
            else:
                data = unhexlify(step["to_board"])
                if step["means"].startswith("HELLO") and data[9:13] != nonce:
                    nonce = data[9:13]
                    host.expected = 0
                line.put(data)
            wanted = []
            while at < len(steps) and "to_host" in steps[at]:
                wanted.append((unhexlify(steps[at]["to_host"]), steps[at].get("loose", False)))
                at += 1
            yield
            got = follow(host, line, nonce)
            if wanted and is_data(wanted[0], nonce):
                # The board may need its slots back to answer in full.
                for _ in wanted:
                    host.ack()
                    yield
                    got += follow(host, line, nonce)
            try:
                check(got, wanted, nonce)
            except AssertionError as e:
                raise AssertionError("%s, %s: %s" % (case["name"], step["means"], e)) from e
            done.append(1)

    return conversation


def all_sessions():
    with open(VECTORS + "sessions.json") as file:
        content = json.load(file)
    equal(len(content["cases"]), content["count"])
    assert content["count"] >= 22, "sessions went missing"
    return content["cases"]


def board_steps(case):
    return len([step for step in case["steps"] if "to_host" not in step])


def quiet(loop, context):
    assert isinstance(context["exception"], Boom)


def run_async(kind):
    for case in all_sessions():
        line = kind()
        app = async_app(line)
        done = []
        talk_async(app, line, replay(case, app, line, done), quiet)
        equal(len(done), board_steps(case), case["name"])


def run_sync(kind):
    ended = 0
    for case in all_sessions():
        line = kind()
        app = sync_app(line)
        done = []
        try:
            talk(app, line, replay(case, app, line, done))
            equal(len(done), board_steps(case), case["name"])
        except Boom:
            # The seed's way: an exception in a handler ends start(), so this session ends there.
            equal(case["name"], "error")
            ended += 1
    equal(ended, 1, "sessions that an exception ended")


def test_async_whole():
    run_async(Line)


def test_async_into_full_buffers():
    run_async(Blocking)


def test_async_byte_by_byte():
    run_async(Trickle)


def test_sync_whole():
    run_sync(Line)


def test_sync_into_full_buffers():
    run_sync(Blocking)


def test_sync_byte_by_byte():
    run_sync(Trickle)


harness.run(globals())
