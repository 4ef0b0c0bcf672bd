# ahttpserver as its users know it: names, routes, requests, readers.

import asyncio

import harness
from harness import equal, raises
from host import DATA
from talks import (
    download,
    serve_async,
    upload,
)

import ahttpserver


def test_route_returns_the_function():
    async def handler(reader, writer, request):
        pass

    app = ahttpserver.HTTPServer()
    assert app.route("GET", "/")(handler) is handler
    raises(ahttpserver.HTTPServerError, app.route, "GET", "/")
    assert app.route("POST", "/")(handler) is handler


def test_names_of_the_package():
    # What programs for the seed import.
    from ahttpserver.response import HTTPResponse, reason
    from ahttpserver.server import HTTPResponse as SameResponse
    from ahttpserver.server import HTTPServer, HTTPServerError
    from ahttpserver.url import HTTPRequest, InvalidRequest

    assert HTTPResponse is ahttpserver.HTTPResponse and HTTPServer is ahttpserver.HTTPServer
    assert issubclass(HTTPServerError, Exception) and issubclass(InvalidRequest, Exception)
    request = HTTPRequest(b"GET /a?b=1 HTTP/1.1\r\n")
    equal((request.method, request.path, request.version), ("GET", "/a", "1.1"))
    assert SameResponse is HTTPResponse
    equal(reason[404], "Not Found")
    app = ahttpserver.HTTPServer("0.0.0.0", 80, 5, 30)  # the seed's arguments, in its order
    equal((app.host, app.port, app.backlog, app.timeout), ("0.0.0.0", 80, 5, 30))
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

    serve_async(conversation, something=something)


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

    serve_async(conversation, get=handler)


def test_peer_name():
    async def handler(reader, writer, request):
        writer.write(writer.get_extra_info("peername")[0])
        assert writer.get_extra_info("something else") is None

    def conversation(host):
        for head, peer in ((b"GET /get 10.0.0.9", b"10.0.0.9"), (b"GET /get", b"127.0.0.1")):
            host.request(head)
            yield
            equal(host.answer(), (peer, True))

    serve_async(conversation, get=handler)


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

    serve_async(conversation, post=handler)


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

    serve_async(conversation, whole=whole, lines=lines)


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

    serve_async(conversation, post=handler)


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
        answers = sorted((frame.stream, frame.body) for frame in host.take())
        equal(answers, [(n, b"slow") for n in (1, 2, 3)])

    serve_async(conversation, slow=slow, quick=quick)


harness.run(globals())
