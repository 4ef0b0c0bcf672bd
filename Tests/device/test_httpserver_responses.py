# httpserver as its users know it: writing, events, files, and connections that a thread keeps.

import _thread
import os
from errno import ECONNRESET, ETIMEDOUT
from time import sleep_ms

import harness
from harness import equal
from host import (
    CANCEL,
    CREDIT,
    DATA,
    EVENT,
)
from line import Blocking, Locked
from talks import (
    FILE,
    OPTIONS,
    download,
    serve,
    session,
    talk,
    with_routes,
)

import httpserver
from httpserver.sse import EventSource


def test_writing():
    def handler(conn, request):
        equal(conn.write(b"bytes "), 6)
        conn.send(bytearray(b"bytearray "))
        conn.sendall(memoryview(b"memoryview "))
        conn.write("text")
        equal(conn.write(b" part, not all", 5), 5)
        equal(conn.write(b"not this: of all, nor this", 9, 7), 7)
        conn.makefile("rwb", 0).write(b" file")
        conn.close()
        try:
            conn.write("late")
        except OSError:
            pass

    def conversation(host):
        host.request(b"GET /get")
        yield
        equal(host.answer(), (b"bytes bytearray memoryview text part of all file", True))
        host.ack()
        yield
        equal(host.kinds(), [])

    serve(conversation, get=handler)


def test_a_thread_meets_no_growing_table():
    # Ports without a lock of the interpreter lose attributes when one thread adds some while another looks.
    before = []
    conns = []

    def handler(conn, request):
        before.append(sorted(conn.__dict__))
        conns.append(conn)
        conn.write(conn.read(3) + conn.read(-1))
        return httpserver.CONNECTION_KEEP_ALIVE

    def conversation(host):
        host.request(b"POST /post", b"abc", end=False)
        yield
        host.send(DATA, b"def", 1, end=True)
        yield
        host.send(CREDIT, b"\x00\x10", 1)
        yield
        host.send(CANCEL, b"\x01", 1)
        yield

    serve(conversation, post=handler)
    equal(conns[0].lost, True)
    equal([sorted(conn.__dict__) for conn in conns], before)


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
                conn.settimeout(None)  # a slow machine's host may be slow to acknowledge
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


def test_sendfile():
    def handler(conn, request):
        httpserver.HTTPResponse(200, "text/html").send(conn)
        httpserver.sendfile(conn, FILE)

    for size in (0, 1, 511, 512, 513, 5000):
        data = bytes(i * 7 & 255 for i in range(size))

        def conversation(host, data=data, size=size):
            host.request(b"GET /get")
            equal((yield from download(host)), b"200 text/html\n\n" + data, "file of %d bytes" % size)

        with open(FILE, "wb") as file:
            file.write(data)
        serve(conversation, get=handler)
        os.remove(FILE)


class Wrapped:
    # A connection of the user's own: it has what the seed calls, no more.

    def __init__(self, conn):
        self.conn = conn

    def write(self, data):
        self.conn.write(data)


def test_wrapped_connection():
    def get(conn, request):
        conn = Wrapped(conn)
        httpserver.HTTPResponse(200).send(conn)
        httpserver.sendfile(conn, FILE)

    def events(conn, request):
        source = EventSource(Wrapped(conn))
        source.send("one")
        assert source.conn.conn is conn

    def conversation(host):
        host.request(b"GET /get")
        equal((yield from download(host)), b"200\n\n" + bytes(1000))
        host.ack()
        host.request(b"GET /events")
        body = yield from download(host)
        equal(body.split(b"\n\n")[1:], [b"data: one", b""])

    with open(FILE, "wb") as file:
        file.write(bytes(1000))
    serve(conversation, get=get, events=events)
    os.remove(FILE)


def test_emit():
    line = Blocking()
    app = with_routes(httpserver.HTTPServer(stream=line, **OPTIONS), {})
    equal(app.emit("early"), False)

    def conversation(host):
        assert app.emit("button", "pressed")
        yield
        events = [(frame.kind, frame.stream, frame.body) for frame in host.take()]
        equal(events, [(EVENT, 0, b"button\npressed")])
        equal([app.emit("e", str(i)) for i in range(4)], [True, True, True, False])

    talk(app, line, session(conversation))
    equal(app.emit("late"), False)


def test_connections_that_other_handlers_write_to():
    # What was written when the handler returned is on its way; and the main loop, which serves the link, does
    # so too while another handler waits for room on a connection that was kept.
    kept = []

    def keep(conn, request):
        kept.append(conn)
        conn.write("kept ")
        return httpserver.CONNECTION_KEEP_ALIVE

    def fill(conn, request):
        for i in range(20):
            kept[-1].write(bytes((i,)) * 256)
        kept[-1].close()

    def conversation(host):
        host.request(b"GET /keep", stream=1)
        yield
        equal(host.answer(1), (b"kept ", False))
        host.ack()
        host.request(b"GET /fill", stream=2)
        equal((yield from download(host)), b"".join(bytes((i,)) * 256 for i in range(20)))

    serve(conversation, keep=keep, fill=fill)


def test_a_thread_and_a_handler_write_to_one_connection():
    line = Locked()
    sources, said = [], []

    def stream():
        for n in range(500):
            sources[0].send("thread %d" % n)
        while not said:
            sleep_ms(1)
        sources[0].conn.close()

    def events(conn, request):
        sources.append(EventSource(conn))
        _thread.start_new_thread(stream, ())
        return httpserver.CONNECTION_KEEP_ALIVE

    def say(conn, request):
        for n in range(200):
            sources[0].send("handler %d" % n)
        said.append(1)

    app = with_routes(httpserver.HTTPServer(stream=line, **OPTIONS), {"events": events, "say": say})

    def conversation(host):
        host.request(b"GET /events", stream=1)
        yield lambda: sources
        host.request(b"GET /say", stream=2)
        body = b""
        end = False
        while not end:
            yield lambda: host.line.output
            for frame in host.take():
                if frame.kind == DATA and frame.stream == 1:
                    body += frame.body
                    end = frame.end
                    host.credit(len(frame.body))
            host.ack()
        events = body.split(b"\n\n")[1:-1]
        for name, count in ((b"thread", 500), (b"handler", 200)):
            of_one = [event for event in events if event.startswith(b"data: " + name)]
            equal(of_one, [b"data: %s %d" % (name, n) for n in range(count)])

    talk(app, line, session(conversation))


def test_a_thread_waits_for_a_handler_that_blocks():
    # Its timeout is for clients.
    kept, ended = [], []

    def stream():
        try:
            for i in range(20):
                kept[0].write(bytes((i,)) * 256)
        except OSError as e:
            ended.append(e.errno)
        kept[0].close()

    def keep(conn, request):
        conn.settimeout(0.5)
        kept.append(conn)
        return httpserver.CONNECTION_KEEP_ALIVE

    def block(conn, request):
        _thread.start_new_thread(stream, ())
        sleep_ms(1200)

    def conversation(host):
        host.request(b"GET /keep", stream=1)
        yield lambda: kept and kept[0].detached
        host.request(b"GET /block", stream=2)
        body = b""
        while len(body) < 20 * 256 and not ended:
            yield lambda: ended or host.line.output
            body += host.answer()[0]
            host.ack()
        equal(ended, [])
        equal(body, b"".join(bytes((i,)) * 256 for i in range(20)))

    app = with_routes(httpserver.HTTPServer(stream=Locked(), **OPTIONS), {"keep": keep, "block": block})
    talk(app, app._options[0], session(conversation))


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

    app = with_routes(httpserver.HTTPServer(stream=line, **OPTIONS), {"events": events, "get": get})

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
