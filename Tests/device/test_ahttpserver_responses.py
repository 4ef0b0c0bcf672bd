# ahttpserver as its users know it: writers, responses, events and files.

import asyncio
import os

import harness
from harness import equal
from host import DATA, EVENT
from line import Blocking
from talks import FILE, OPTIONS, download, serve_async, talk_async

import ahttpserver
from ahttpserver.sse import EventSource


def test_write():
    async def handler(reader, writer, request):
        writer.write("text é ")
        writer.write(b"bytes ")
        writer.write(bytearray(b"bytearray "))
        writer.write(memoryview(b"xmemoryviewx")[1:-1])
        await writer.drain()
        writer.write("")
        writer.write(b"")
        await writer.awrite(b" awrite")
        await writer.awrite(b"xxx of a partxxx", 3, 10)
        await writer.awritestr(" text")
        await writer.aclose()

    def conversation(host):
        host.request(b"GET /get")
        yield
        wanted = "text é bytes bytearray memoryview awrite of a part text"
        equal(host.answer(), (wanted.encode(), True))

    serve_async(conversation, get=handler)


def test_response():
    async def handler(reader, writer, request):
        response = ahttpserver.HTTPResponse(201, "text/html", close=True, header={"X-A": "b", "X-N": 1})
        await response.send(writer)
        writer.write("body")

    async def bare(reader, writer, request):
        response = ahttpserver.HTTPResponse(204)
        equal((response.status, response.mimetype, response.close, response.header), (204, None, True, {}))
        await response.send(writer)

    def conversation(host):
        host.request(b"GET /full")
        yield
        body, end = host.answer()
        head, empty, body = body.partition(b"\n\n")
        equal(head.split(b"\n")[0], b"201 text/html")
        equal(set(head.split(b"\n")[1:]), {b"X-A: b", b"X-N: 1"})
        equal((body, end), (b"body", True))
        host.request(b"GET /bare")
        yield
        equal(host.answer(), (b"204\n\n", True))

    serve_async(conversation, full=handler, bare=bare)


def test_small_response_is_one_frame():
    async def handler(reader, writer, request):
        await ahttpserver.HTTPResponse(200, "text/plain").send(writer)
        writer.write("hello")
        await writer.drain()

    def conversation(host):
        host.request(b"GET /get")
        yield
        equal([(frame.kind, frame.end) for frame in host.take()], [(DATA, True)])

    serve_async(conversation, get=handler)


def test_drain_waits_for_slots():
    written = []

    async def handler(reader, writer, request):
        for i in range(10):
            writer.write(b"%03d." % i + b"x" * 252)
            await writer.drain()
            written.append(i)

    def conversation(host):
        written.clear()
        host.request(b"GET /get")
        wanted = b"".join(b"%03d." % i + b"x" * 252 for i in range(10))
        yield
        first = host.take()
        equal(len(first), 4, "frames in four slots")
        assert len(written) < 7, "the handler did not wait: %r" % written
        yield
        equal(host.take(), [], "frames beyond the slots")
        host.ack()
        rest = yield from download(host)
        equal(b"".join(frame.body for frame in first) + rest, wanted)
        equal(len(written), 10)

    serve_async(conversation, get=handler)


def test_drain_waits_for_credit():
    written = []
    piece = bytes(range(200)) * 5

    async def handler(reader, writer, request):
        for i in range(20):
            writer.write(piece)
            await writer.drain()
            written.append(i)

    def conversation(host):
        written.clear()
        host.request(b"GET /get")
        body = b""
        while len(body) < 16384:
            yield
            part, end = host.answer()
            assert part
            body += part
            host.ack()
        equal(len(body), 16384, "what was granted")
        yield
        equal(host.kinds(), [])
        assert len(written) < 18, "the handler did not wait: %r" % written
        host.credit(1)
        yield
        equal(host.answer(), (piece[16384 % 1000 :][:1], False))
        host.credit(10000)
        body += piece[16384 % 1000 :][:1] + (yield from download(host))
        equal(body, piece * 20)

    serve_async(conversation, get=handler)


def test_close_and_wait_closed():
    after = []

    async def handler(reader, writer, request):
        writer.write("done")
        writer.close()
        await writer.wait_closed()
        writer.write("nobody sees this")
        await writer.drain()
        after.append(1)

    def conversation(host):
        after.clear()
        host.request(b"GET /get")
        yield
        equal(host.answer(), (b"done", True))
        equal(after, [1])

    serve_async(conversation, get=handler)


def test_event_source():
    async def handler(reader, writer, request):
        source = await EventSource(reader, writer)
        assert isinstance(source, EventSource)
        await source.send()
        await source.send("one")
        await source.send(data="two", id=2, event="tick", retry=500)

    def conversation(host):
        host.request(b"GET /get")
        body = yield from download(host)
        head, empty, events = body.partition(b"\n\n")
        equal(head, b"200 text/event-stream\nCache-Control: no-cache")
        first, second, third, rest = events.split(b"\n\n")
        equal((first, second, rest), (b"data: :", b"data: one", b""))
        equal(sorted(third.split(b"\n")), [b"data: two", b"event: tick", b"id: 2", b"retry: 500"])

    serve_async(conversation, get=handler)


def test_event_goes_out_at_once():
    # Not only when the handler ends, or a frame is full.
    more = []

    async def handler(reader, writer, request):
        source = await EventSource(reader, writer)
        for i in range(3):
            await source.send(str(i))
            while len(more) <= i:
                await asyncio.sleep_ms(1)

    def conversation(host):
        more.clear()
        host.request(b"GET /get")
        for i in range(3):
            yield
            assert host.answer()[0].endswith(b"data: %d\n\n" % i)
            host.ack()
            more.append(i)
        equal((yield from download(host)), b"")

    serve_async(conversation, get=handler)


def test_sendfile():
    async def handler(reader, writer, request):
        await ahttpserver.HTTPResponse(200, "text/html").send(writer)
        await ahttpserver.sendfile(writer, FILE)

    for size in (0, 1, 511, 512, 513, 5000):
        data = bytes(i * 7 & 255 for i in range(size))

        def conversation(host, data=data, size=size):
            host.request(b"GET /get")
            equal((yield from download(host)), b"200 text/html\n\n" + data, "file of %d bytes" % size)

        with open(FILE, "wb") as file:
            file.write(data)
        serve_async(conversation, get=handler)
        os.remove(FILE)


class Wrapped:
    # A writer of the user's own: it has what the seed calls, no more.

    def __init__(self, writer):
        self.writer = writer

    def write(self, data):
        self.writer.write(bytes(data).replace(b"a", b"A") if not isinstance(data, str) else data)

    async def drain(self):
        await self.writer.drain()


def test_wrapped_writer():
    async def get(reader, writer, request):
        writer = Wrapped(writer)
        await ahttpserver.HTTPResponse(200).send(writer)
        await ahttpserver.sendfile(writer, FILE)

    async def events(reader, writer, request):
        source = await EventSource(reader, Wrapped(writer))
        await source.send("one")
        await source.send("two")

    def conversation(host):
        host.request(b"GET /get")
        equal((yield from download(host)), b"200\n\n" + b"A" * 1000)
        host.ack()
        host.request(b"GET /events")
        body = yield from download(host)
        equal(body.split(b"\n\n")[1:], [b"data: one", b"data: two", b""])

    with open(FILE, "wb") as file:
        file.write(b"a" * 1000)
    serve_async(conversation, get=get, events=events)
    os.remove(FILE)


def test_emit():
    line = Blocking()
    app = ahttpserver.HTTPServer(stream=line, **OPTIONS)
    equal(app.emit("early", "1"), False, "emit before the start")

    def conversation(host):
        yield
        equal(app.emit("early", "2"), False, "emit before a gateway came")
        host.hello()
        yield
        host.take()
        host.ack()
        yield
        assert app.emit("button", "pressed")
        assert app.emit("bare")
        yield
        events = [(frame.kind, frame.stream, frame.body) for frame in host.take()]
        equal(events, [(EVENT, 0, b"button\npressed"), (EVENT, 0, b"bare\n")])
        equal([app.emit("e", "%d" % i) for i in range(3)], [True, True, False], "emit into full slots")
        yield
        host.take()
        host.ack()
        yield
        assert app.emit("again"), "emit after an acknowledgement"

    talk_async(app, line, conversation)
    equal(app.emit("late"), False, "emit after the end")


harness.run(globals())
