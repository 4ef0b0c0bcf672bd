# ahttpserver as its users know it: routes, requests, readers, writers, responses, events and files.
# Each conversation is held on a line that fills buffers and on one that gives byte by byte.

import asyncio
import os

import ahttpserver
import harness
from ahttpserver.sse import EventSource
from harness import equal, raises
from host import DATA, EVENT, download, session, talk_async, upload
from line import Blocking, Trickle

OPTIONS = {"body": 256, "slots": 4, "streams": 4}
FILE = (os.getenv("TMPDIR") or "/tmp") + "/boardwalk-sendfile"


def serve(conversation, **handlers):
    # A handler's name is its path; it answers GET and POST.
    for kind in (Blocking, Trickle):
        line = kind()
        app = ahttpserver.HTTPServer(stream=line, **OPTIONS)
        for name in handlers:
            app.route("GET", "/" + name)(handlers[name])
            app.route("POST", "/" + name)(handlers[name])
        host = talk_async(app, line, session(conversation))
    return host


def test_route_returns_the_function():
    async def handler(reader, writer, request):
        pass

    app = ahttpserver.HTTPServer()
    assert app.route("GET", "/")(handler) is handler
    raises(ahttpserver.HTTPServerError, app.route, "GET", "/")
    assert app.route("POST", "/")(handler) is handler


def test_names_of_the_package():
    # What programs for the seed import.
    from ahttpserver.response import HTTPResponse
    from ahttpserver.server import HTTPServer, HTTPServerError
    from ahttpserver.url import HTTPRequest, InvalidRequest

    assert HTTPResponse is ahttpserver.HTTPResponse and HTTPServer is ahttpserver.HTTPServer
    assert issubclass(HTTPServerError, Exception) and issubclass(InvalidRequest, Exception)
    request = HTTPRequest(b"GET /a?b=1 HTTP/1.1\r\n")
    equal((request.method, request.path, request.version), ("GET", "/a", "1.1"))
    app = ahttpserver.HTTPServer("0.0.0.0", 80, 5, 30)  # the seed's arguments, in its order
    asyncio.run(app.stop())  # was not started


def test_404_and_400():
    def conversation(host):
        for method_path in (b"GET /nothing", b"DELETE /something"):
            host.request(method_path)
            yield
            equal(host.answer(), (b"404\n\n", True))
        host.request(b"GET")
        yield
        body, end = host.answer()
        assert body.startswith(b"400 text/plain\n\n") and end, body

    async def something(reader, writer, request):
        raise AssertionError("not this method")

    serve(conversation, something=something)


def test_request_attributes():
    seen = []

    async def handler(reader, writer, request):
        seen.append(request)

    def conversation(host):
        seen.clear()
        host.request(b"GET /get?on=1&empty=&no&on=2&x=a=b 192.168.1.7\nHost: board\nX-Many:  a: b \nodd")
        yield
        (request,) = seen
        equal(request.method, "GET")
        equal(request.url, "/get?on=1&empty=&no&on=2&x=a=b")
        equal((request.path, request.query), ("/get", "on=1&empty=&no&on=2&x=a=b"))
        equal(request.parameters, {"on": "1", "empty": "", "x": "a=b"})
        equal(request.header, {b"Host": b"board", b"X-Many": b"a: b"})
        equal(request.version, "1.1")
        host.request(b"GET /get")
        yield
        equal((seen[1].url, seen[1].query, seen[1].parameters, seen[1].header), ("/get", "", {}, {}))

    serve(conversation, get=handler)


def test_peer_name():
    async def handler(reader, writer, request):
        writer.write(writer.get_extra_info("peername")[0])
        assert writer.get_extra_info("something else") is None

    def conversation(host):
        for head, peer in ((b"GET /get 10.0.0.9", b"10.0.0.9"), (b"GET /get", b"127.0.0.1")):
            host.request(head)
            yield
            equal(host.answer(), (peer, True))

    serve(conversation, get=handler)


def test_read():
    # In pieces that do not fit the frames, and more than there is.
    results = []

    async def handler(reader, writer, request):
        results.append(await reader.read(5))
        results.append(await reader.read(0))
        results.append(await reader.readexactly(300))
        results.append(await reader.read(10000))
        results.append(await reader.read(10))
        results.append(await reader.read())
        try:
            await reader.readexactly(1)
        except EOFError:
            results.append("EOFError")

    data = bytes(32 + i % 90 for i in range(1500))

    def conversation(host):
        results.clear()
        host.request(b"POST /post", data[:100], end=False)
        credits = yield from upload(host, data[100:], 200, 512)
        yield
        equal(results, [data[:5], b"", data[5:305], data[305:], b"", b"", "EOFError"])
        assert credits >= 3, "900 bytes more than k"
        equal(host.answer(), (b"", True))

    serve(conversation, post=handler)


def test_read_all_and_lines():
    async def whole(reader, writer, request):
        writer.write(await reader.read(-1))

    async def lines(reader, writer, request):
        while True:
            line = await reader.readline()
            writer.write("<" + line.decode() + ">")
            if not line:
                break

    text = b"one\n\n" + b"long" * 200 + b"\nlast"

    def conversation(host):
        host.request(b"POST /whole", end=False)
        yield from upload(host, text, 256, 512)
        equal((yield from download(host)), text)
        host.request(b"POST /lines", text[:7], end=False)
        yield from upload(host, text[7:], 100, 512)
        equal((yield from download(host)), b"<one\n><\n><" + b"long" * 200 + b"\n><last><>")

    serve(conversation, whole=whole, lines=lines)


def test_body_that_is_not_read():
    # The handler ends without it; what still comes is dropped, and the number is free again at its end.
    async def handler(reader, writer, request):
        writer.write("early")

    def conversation(host):
        host.request(b"POST /post", b"some", end=False)
        yield
        equal(host.answer(), (b"early", True))
        host.send(DATA, b"more", 1, end=True)
        host.request(b"GET /post")
        yield
        equal(host.answer(), (b"early", True))

    serve(conversation, post=handler)


def test_write():
    async def handler(reader, writer, request):
        writer.write("text é ")
        writer.write(b"bytes ")
        writer.write(bytearray(b"bytearray "))
        writer.write(memoryview(b"xmemoryviewx")[1:-1])
        await writer.drain()
        writer.write("")
        writer.write(b"")

    def conversation(host):
        host.request(b"GET /get")
        yield
        equal(host.answer(), ("text é bytes bytearray memoryview".encode(), True))

    serve(conversation, get=handler)


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

    serve(conversation, full=handler, bare=bare)


def test_small_response_is_one_frame():
    async def handler(reader, writer, request):
        await ahttpserver.HTTPResponse(200, "text/plain").send(writer)
        writer.write("hello")
        await writer.drain()

    def conversation(host):
        host.request(b"GET /get")
        yield
        equal([(frame.kind, frame.end) for frame in host.take()], [(DATA, True)])

    serve(conversation, get=handler)


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

    serve(conversation, get=handler)


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

    serve(conversation, get=handler)


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

    serve(conversation, get=handler)


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

    serve(conversation, get=handler)


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

    serve(conversation, get=handler)


def test_sendfile():
    async def handler(reader, writer, request):
        await ahttpserver.HTTPResponse(200, "text/html").send(writer)
        await ahttpserver.sendfile(writer, FILE)

    for size in (0, 1, 511, 512, 513, 5000):
        data = bytes(i * 7 & 255 for i in range(size))

        def conversation(host):
            host.request(b"GET /get")
            equal((yield from download(host)), b"200 text/html\n\n" + data, "file of %d bytes" % size)

        with open(FILE, "wb") as file:
            file.write(data)
        serve(conversation, get=handler)
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


def test_streams_run_side_by_side():
    gate = []

    async def slow(reader, writer, request):
        while not gate:
            await asyncio.sleep_ms(1)
        writer.write("slow")

    async def quick(reader, writer, request):
        writer.write("quick")

    def conversation(host):
        gate.clear()
        for stream in (1, 2, 3):
            host.request(b"GET /slow", stream=stream)
        host.request(b"GET /quick", stream=4)
        yield
        equal([(frame.stream, frame.body) for frame in host.take()], [(4, b"quick")])
        host.request(b"GET /quick", stream=4)
        yield
        equal(host.answer(4), (b"quick", True))
        host.ack()
        gate.append(1)
        yield
        equal([(frame.stream, frame.body) for frame in host.take()], [(n, b"slow") for n in (1, 2, 3)])

    serve(conversation, slow=slow, quick=quick)


harness.run(globals())
