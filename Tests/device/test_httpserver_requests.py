# httpserver as its users know it: names, routes, requests, reading, timeouts, and how it ends. A conversation
# goes on whenever the board finds nothing to read, also while a handler waits.

import _thread
from errno import ECONNRESET, ETIMEDOUT
from time import sleep_ms

import harness
from harness import equal, raises
from host import BYE, CANCEL, DATA, ERROR, NAK, PING, ROUTES, WELCOME
from line import Blocking, Locked, Trickle
from talks import OPTIONS, download, serve, session, talk, upload, with_routes

import httpserver


def test_route_returns_the_function():
    def handler(conn, request):
        pass

    app = httpserver.HTTPServer()
    assert app.route("GET", "/")(handler) is handler
    raises(httpserver.HTTPServerError, app.route, "GET", "/")
    assert app.route("POST", "/")(handler) is handler


def test_names_of_the_package():
    from httpserver.response import CRLF, HTTPResponse, MimeType, ResponseHeader, StatusLine, reason
    from httpserver.server import CONNECTION_KEEP_ALIVE, HTTPServer
    from httpserver.url import HTTPRequest, InvalidRequest

    assert HTTPResponse is httpserver.HTTPResponse and HTTPServer is httpserver.HTTPServer
    equal((httpserver.CONNECTION_CLOSE, httpserver.CONNECTION_KEEP_ALIVE), (0, CONNECTION_KEEP_ALIVE))
    raises(InvalidRequest, HTTPRequest, b"GET")
    app = HTTPServer("0.0.0.0", 80, 5, 7)  # the seed's arguments, in its order
    equal((app.host, app.port, app.backlog, app.timeout), ("0.0.0.0", 80, 5, 7))
    equal(reason[200], "OK")
    head = StatusLine.OK_200 + MimeType.TEXT_HTML + ResponseHeader.CONNECTION_CLOSE + CRLF
    equal(head, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")


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
        host.request(b"GET /get", stream=2)
        yield
        equal(host.answer(2), (b"hello", True))

    serve(conversation, caught=caught, uncaught=uncaught, get=lambda conn, request: conn.write("hello"))


def test_exceptions_that_end_the_connection_alone():
    # As with the seed: timeouts and resets, of whatever connection. The host is told all the same.
    def handler(conn, request):
        raise OSError(ECONNRESET if request.query == "reset" else ETIMEDOUT)

    def conversation(host):
        for kind in (b"reset", b"timeout", b"reset"):
            host.request(b"GET /get?" + kind)
            yield
            equal(host.kinds(), [ERROR, CANCEL])
            host.ack()

    serve(conversation, get=handler)


def test_exception_ends_the_server():
    # After the host has been told.
    def handler(conn, request):
        raise ValueError("as in the seed")

    def conversation(host):
        host.request(b"GET /get")
        yield lambda: False  # the server ends first

    for kind in (Blocking, Trickle):
        line = kind()
        hosts = []

        def keep(host, hosts=hosts):
            hosts.append(host)
            yield from session(conversation)(host)

        raises(
            ValueError,
            talk,
            with_routes(httpserver.HTTPServer(stream=line, **OPTIONS), {"get": handler}),
            line,
            keep,
        )
        error, cancel, bye = hosts[0].take()
        equal((error.kind, cancel.kind, cancel.body[:1], bye.kind), (ERROR, CANCEL, b"\x03", BYE))
        assert b"ValueError: as in the seed" in error.body


def test_keyboard_interrupt_stops():
    def handler(conn, request):
        conn.write("stopping")
        raise KeyboardInterrupt

    def conversation(host):
        host.request(b"GET /get")
        yield lambda: False  # the server ends first

    for kind in (Blocking, Trickle):
        line = kind()
        host = talk(
            with_routes(httpserver.HTTPServer(stream=line, **OPTIONS), {"get": handler}),
            line,
            session(conversation),
        )
        # NAK asks for a CANCEL that does not come: the interrupt was not a deadline's.
        equal([(frame.kind, frame.end) for frame in host.take()], [(NAK, False), (DATA, True), (BYE, False)])


def test_a_stop_ends_kept_connections():
    # Not as if they were whole; and who writes to them hears of it.
    ended = []

    def keep(conn, request):
        def stream():
            try:
                while True:
                    conn.write("event")
                    sleep_ms(1)
            except OSError as e:
                ended.append(e.errno)

        conn.write("200\n\n")
        _thread.start_new_thread(stream, ())
        return httpserver.CONNECTION_KEEP_ALIVE

    def stop(conn, request):
        conn.write("stopping")
        raise KeyboardInterrupt

    def conversation(host):
        host.request(b"GET /keep", stream=1)
        yield
        host.request(b"GET /stop", stream=2)
        yield lambda: acknowledge(host)  # the server ends first

    def acknowledge(host):
        host.read()
        if host.expected != host.acknowledged:
            host.ack()

    app = with_routes(httpserver.HTTPServer(stream=Locked(), **OPTIONS), {"keep": keep, "stop": stop})
    host = talk(app, app._options[0], session(conversation))
    frames = host.take()
    equal([frame.stream for frame in frames if frame.end], [2])
    equal([(frame.stream, frame.body) for frame in frames if frame.kind == CANCEL], [(1, b"\x05")])
    while not ended:
        sleep_ms(1)
    equal(ended, [ECONNRESET])


def test_start_again():
    # As a program does that is stopped and started: the host hears BYE, then "here I am".
    line = Blocking()
    app = with_routes(
        httpserver.HTTPServer(stream=line, **OPTIONS), {"get": lambda conn, request: conn.write("hello")}
    )

    def conversation(host):
        yield
        here = [frame for frame in host.take() if frame.kind == WELCOME]
        equal([frame.body[:4] for frame in here], [b"\x80\x80\x80\x80"])
        host.hello()
        yield
        equal(host.kinds(), [WELCOME, ROUTES])
        host.request(b"GET /get")
        equal((yield from download(host)), b"hello")

    for _ in range(3):
        host = talk(app, line, conversation)
        equal([frame.kind for frame in host.take()], [BYE])


harness.run(globals())
