# httpserver as its users know it. Each conversation is held on a line that fills buffers and on one that
# gives byte by byte; it goes on whenever the board finds nothing to read, also while a handler waits.

import _thread
import os
from errno import ECONNRESET, ETIMEDOUT
from time import sleep_ms

import harness
import httpserver
from harness import equal, raises
from host import BYE, CANCEL, DATA, ERROR, EVENT, PING, ROUTES, WELCOME, download, session, talk, upload
from httpserver.sse import EventSource
from line import Blocking, Locked, Trickle

OPTIONS = {"body": 256, "slots": 4, "streams": 4}
FILE = (os.getenv("TMPDIR") or "/tmp") + "/boardwalk-sendfile"


def make(line, handlers):
    app = httpserver.HTTPServer(stream=line, **OPTIONS)
    for name in handlers:
        app.route("GET", "/" + name)(handlers[name])
        app.route("POST", "/" + name)(handlers[name])
    return app


def serve(conversation, **handlers):
    # A handler's name is its path; it answers GET and POST.
    for kind in (Blocking, Trickle):
        line = kind()
        host = talk(make(line, handlers), line, session(conversation))
    return host


def test_route_returns_the_function():
    def handler(conn, request):
        pass

    app = httpserver.HTTPServer()
    assert app.route("GET", "/")(handler) is handler
    raises(httpserver.HTTPServerError, app.route, "GET", "/")
    assert app.route("POST", "/")(handler) is handler


def test_names_of_the_package():
    from httpserver.response import HTTPResponse
    from httpserver.server import CONNECTION_KEEP_ALIVE, HTTPServer
    from httpserver.url import HTTPRequest, InvalidRequest

    assert HTTPResponse is httpserver.HTTPResponse and HTTPServer is httpserver.HTTPServer
    equal((httpserver.CONNECTION_CLOSE, httpserver.CONNECTION_KEEP_ALIVE), (0, CONNECTION_KEEP_ALIVE))
    raises(InvalidRequest, HTTPRequest, b"GET")
    equal(HTTPServer("0.0.0.0", 80, 5, 7).timeout, 7)  # the seed's arguments, in its order


def test_requests():
    seen = []

    def handler(conn, request):
        seen.append((request.method, request.url, request.path, request.query, request.parameters))
        seen.append((request.header, request.version))
        httpserver.HTTPResponse(200, "text/plain").send(conn)
        conn.write("hello")

    def conversation(host):
        seen.clear()
        host.request(b"GET /get?on=1 192.168.1.7\nHost: board")
        yield
        frames = [(frame.kind, frame.body, frame.end) for frame in host.take()]
        equal(frames, [(DATA, b"200 text/plain\n\nhello", True)])
        equal(seen[0], ("GET", "/get?on=1", "/get", "on=1", {"on": "1"}))
        equal(seen[1], ({b"Host": b"board"}, "1.1"))
        host.request(b"GET /nothing")
        yield
        equal(host.answer(), (b"404\n\n", True))
        host.request(b"one two three four")
        yield
        assert host.answer()[0].startswith(b"400 text/plain\n\n")

    serve(conversation, get=handler)


def test_requests_wait_for_the_one_ahead():
    order = []

    def handler(conn, request):
        conn.write(request.query)
        order.append((request.query, conn.read(-1)))

    def conversation(host):
        order.clear()
        host.request(b"GET /get?a", stream=1, end=False)
        host.request(b"GET /get?b", stream=2)
        host.request(b"GET /get?c", stream=3)
        yield
        equal((order, host.kinds()), ([], []), "the first waits for its body")
        host.send(PING)
        yield
        assert host.take(), "the link answers meanwhile"
        host.send(DATA, b"body", 1, end=True)
        yield
        equal(order, [("a", b"body"), ("b", b""), ("c", b"")])
        answers = [(frame.stream, frame.body, frame.end) for frame in host.take()]
        equal(answers, [(1, b"a", True), (2, b"b", True), (3, b"c", True)])

    serve(conversation, get=handler)


def test_reading():
    results = []

    def handler(conn, request):
        results.append(conn.recv(3))
        results.append(conn.read(300))
        buffer = bytearray(10)
        results.append((conn.readinto(buffer), bytes(buffer)))
        results.append(conn.readline())
        results.append(conn.read())
        results.append((conn.recv(5), conn.read(5), conn.readline(), conn.readinto(buffer)))

    data = bytes(97 + i % 26 for i in range(313)) + b"line\n" + bytes(i & 255 for i in range(1000))

    def conversation(host):
        results.clear()
        host.request(b"POST /post", data[:100], end=False)
        credits = yield from upload(host, data[100:], 200, 512)
        yield
        equal(results[:2], [data[:3], data[3:303]])
        equal(results[2:4], [(10, data[303:313]), b"line\n"])
        equal(results[4:], [data[318:], (b"", b"", b"", 0)])
        assert credits >= 2
        equal(host.answer(), (b"", True))

    serve(conversation, post=handler)


def test_recv_gives_what_is_there():
    pieces = []

    def handler(conn, request):
        while True:
            piece = conn.recv(1000)
            if not piece:
                break
            pieces.append(piece)

    def conversation(host):
        pieces.clear()
        host.request(b"POST /post", b"one", end=False)
        yield
        equal(pieces, [b"one"])
        host.send(DATA, b"two", 1)
        yield
        host.send(DATA, b"", 1, end=True)
        yield
        equal(pieces, [b"one", b"two"])

    serve(conversation, post=handler)


def test_writing():
    def handler(conn, request):
        equal(conn.write(b"bytes "), 6)
        conn.send(bytearray(b"bytearray "))
        conn.sendall(memoryview(b"memoryview "))
        conn.write("text")
        conn.close()
        try:
            conn.write("late")
        except OSError:
            pass

    def conversation(host):
        host.request(b"GET /get")
        yield
        equal(host.answer(), (b"bytes bytearray memoryview text", True))
        host.ack()
        yield
        equal(host.kinds(), [])

    serve(conversation, get=handler)


def test_writing_waits_for_slots_and_credit():
    written = []
    piece = bytes(range(200)) * 5

    def handler(conn, request):
        for i in range(20):
            conn.write(piece)
            written.append(i)

    def conversation(host):
        written.clear()
        host.request(b"GET /get")
        yield
        frames = host.take()
        equal(len(frames), 4, "frames in four slots")
        assert len(written) < 3, "the handler did not wait: %r" % written
        host.ack()
        body = b"".join(frame.body for frame in frames)
        while len(body) < 16384:
            yield
            part, end = host.answer()
            body += part
            host.ack()
        equal(len(body), 16384, "what was granted")
        yield
        equal(host.kinds(), [])
        assert len(written) < 18, "the handler did not wait: %r" % written
        host.credit(10000)
        body += yield from download(host)
        equal(body, piece * 20)

    serve(conversation, get=handler)


def test_event_source_and_close_by_the_host():
    errors = []

    def handler(conn, request):
        source = EventSource(conn)
        source.send("one")
        source.send(data="two", id=2, event="tick", retry=500)
        try:
            while True:
                source.send("more")
                conn.settimeout(0.01)
                try:
                    conn.recv(1)  # waits, and serves the link
                except OSError as e:
                    if e.errno != ETIMEDOUT:
                        raise
        except OSError as e:
            errors.append(e.errno)

    def conversation(host):
        errors.clear()
        host.request(b"GET /get", end=False)
        body = b""
        while body.count(b"more") < 3:
            yield
            body += host.answer()[0]
            host.ack()
        head, one, two, more = body.split(b"\n\n")[:4]
        equal(head, b"200 text/event-stream\nCache-Control: no-cache")
        equal((one, more), (b"data: one", b"data: more"))
        equal(sorted(two.split(b"\n")), [b"data: two", b"event: tick", b"id: 2", b"retry: 500"])
        host.send(CANCEL, b"\x01", 1)
        yield lambda: errors
        equal(errors, [ECONNRESET])

    serve(conversation, get=handler)


def test_timeout():
    # The seed's handlers time out quietly; so do these, and the client hears of it.
    errors = []

    def caught(conn, request):
        conn.settimeout(0.02)
        try:
            conn.read(1)
        except OSError as e:
            errors.append(e.errno)
        conn.settimeout(None)
        conn.write(conn.recv(9))

    def uncaught(conn, request):
        conn.settimeout(0.02)
        conn.read(1)

    def conversation(host):
        errors.clear()
        host.request(b"POST /caught", end=False)
        yield lambda: errors
        equal(errors, [ETIMEDOUT])
        host.send(DATA, b"body", 1, end=True)
        yield
        equal(host.answer(), (b"body", True))
        host.request(b"POST /uncaught", end=False)
        yield lambda: len(host.line.output) > 20
        equal(host.kinds(), [ERROR, CANCEL])
        host.request(b"POST /caught", b"x", stream=2)
        yield
        equal(host.answer(2), (b"x", True))

    serve(conversation, caught=caught, uncaught=uncaught)


def test_sendfile():
    def handler(conn, request):
        httpserver.HTTPResponse(200, "text/html").send(conn)
        httpserver.sendfile(conn, FILE)

    for size in (0, 1, 511, 512, 513, 5000):
        data = bytes(i * 7 & 255 for i in range(size))

        def conversation(host):
            host.request(b"GET /get")
            equal((yield from download(host)), b"200 text/html\n\n" + data, "file of %d bytes" % size)

        with open(FILE, "wb") as file:
            file.write(data)
        serve(conversation, get=handler)
        os.remove(FILE)


def test_exception_ends_the_server():
    # After the host has been told.
    def handler(conn, request):
        raise ValueError("as in the seed")

    def conversation(host):
        host.request(b"GET /get")
        yield
        raise AssertionError("the server went on")

    for kind in (Blocking, Trickle):
        line = kind()
        hosts = []

        def keep(host):
            hosts.append(host)
            yield from session(conversation)(host)

        raises(ValueError, talk, make(line, {"get": handler}), line, keep)
        error, cancel, bye = hosts[0].take()
        equal((error.kind, cancel.kind, cancel.body[:1], bye.kind), (ERROR, CANCEL, b"\x03", BYE))
        assert b"ValueError: as in the seed" in error.body


def test_keyboard_interrupt_stops():
    def handler(conn, request):
        conn.write("stopping")
        raise KeyboardInterrupt

    def conversation(host):
        host.request(b"GET /get")
        yield
        host.failure = AssertionError("the server went on")

    for kind in (Blocking, Trickle):
        line = kind()
        host = talk(make(line, {"get": handler}), line, session(conversation))
        equal([(frame.kind, frame.end) for frame in host.take()], [(DATA, True), (BYE, False)])


def test_start_again():
    # As a program does that is stopped and started: the host hears BYE, then "here I am".
    line = Blocking()
    app = make(line, {"get": lambda conn, request: conn.write("hello")})

    def conversation(host):
        yield
        here = [frame for frame in host.take() if frame.kind == WELCOME]
        equal([frame.body[:4] for frame in here], [b"\x80\x80\x80\x80"])
        host.hello()
        yield
        equal(host.kinds(), [WELCOME, ROUTES])
        host.request(b"GET /get")
        equal((yield from download(host)), b"hello")

    for turn in range(3):
        host = talk(app, line, conversation)
        equal([frame.kind for frame in host.take()], [BYE])


def test_emit():
    line = Blocking()
    app = make(line, {})
    equal(app.emit("early"), False)

    def conversation(host):
        assert app.emit("button", "pressed")
        yield
        equal([(frame.kind, frame.stream, frame.body) for frame in host.take()], [(EVENT, 0, b"button\npressed")])
        equal([app.emit("e", str(i)) for i in range(4)], [True, True, True, False])

    talk(app, line, session(conversation))
    equal(app.emit("late"), False)


def test_kept_alive_connection_of_a_thread():
    # The thread streams events while the main loop serves others, without loss and in order; it ends when
    # the host has gone. Many rounds, since both write to the line.
    line = Locked()
    ended, stop = [], []

    def stream(conn, source):
        n = 0
        try:
            while not stop:
                source.send(str(n))
                n += 1
                if n % 50 == 0:
                    sleep_ms(1)
        except OSError as e:
            ended.append(e.errno)
        conn.close()

    def events(conn, request):
        _thread.start_new_thread(stream, (conn, EventSource(conn)))
        return httpserver.CONNECTION_KEEP_ALIVE

    def get(conn, request):
        conn.write(request.query)

    app = make(line, {"events": events, "get": get})

    def conversation(host):
        host.request(b"GET /events", stream=1)
        body, answers = b"", []
        for i in range(100):
            host.request(b"GET /get?%d" % i, stream=2)
            while len(answers) <= i:
                yield lambda: host.line.output
                for frame in host.take():
                    if frame.kind == DATA and frame.stream == 1:
                        body += frame.body
                        host.credit(len(frame.body))
                    elif frame.kind == DATA:
                        answers.append((frame.body, frame.end))
                host.ack()
        equal(answers, [(b"%d" % i, True) for i in range(100)])
        events = body.split(b"\n\n")[1:-1]
        equal(events, [b"data: %d" % i for i in range(len(events))])
        assert len(events) > 100, "%d events" % len(events)
        host.send(CANCEL, b"\x01", 1)
        yield lambda: ended
        equal(ended, [ECONNRESET])
        host.take()
        host.ack()

    try:
        talk(app, line, session(conversation))
    finally:
        stop.append(1)


harness.run(globals())
