# How a handler, the server and the loop come to an end with ahttpserver: the host goes, a handler interrupts,
# the program stops and starts again, the line hangs up.

import asyncio
from errno import ECONNRESET

import harness
from harness import equal
from host import ACK, BYE, CANCEL, DATA, Host
from line import Blocking, Line, Trickle
from talks import OPTIONS, download, fresh_loop, serve_async, session, talk_async

import ahttpserver


async def gone(awaitable):
    # That the host has gone must come as the seed has it: OSError with ECONNRESET.
    try:
        await awaitable
    except OSError as e:
        equal(e.errno, ECONNRESET)
        return True
    return False


def stream_for_ever(results):
    async def handler(reader, writer, request):
        if request.query == "read":
            results.append(await gone(reader.read(-1)))
        elif request.query == "readline":
            results.append(await gone(reader.readline()))
        elif request.query == "drain":
            while not await gone(write(writer, bytes(256))):
                pass
            results.append(True)
        else:
            while not await gone(write(writer, b"event")):
                await asyncio.sleep_ms(1)
            results.append(True)
        # Later calls find the same, and what is written is dropped.
        writer.write("late")
        results.append(await gone(writer.drain()))
        results.append(await gone(reader.read(1)))

    async def write(writer, data):
        writer.write(data)
        await writer.drain()

    return handler


def test_cancel_by_the_host():
    results = []

    def conversation(host):
        for way in (b"read", b"readline", b"drain", b"send"):
            results.clear()
            host.request(b"GET /get?" + way, end=False)
            yield lambda way=way: way in (b"read", b"readline") or host.line.output
            host.take()
            host.send(CANCEL, b"\x01", 1)
            yield lambda: len(results) == 3
            yield
            equal(results, [True, True, True], way)
            frames = [frame for frame in host.take() if frame.kind == CANCEL]
            equal([(frame.stream, frame.body) for frame in frames], [(1, b"\x01")], "the answer to CANCEL")
            host.ack()
            yield
            equal(host.kinds(), [], "what was written late")

    serve_async(conversation, get=stream_for_ever(results))


def test_bye_by_the_host():
    results = []

    def conversation(host):
        for way in (b"read", b"drain", b"send"):
            results.clear()
            host.request(b"GET /get?" + way, end=False)
            yield
            host.take()
            host.send(BYE, b"closing")
            yield lambda: len(results) == 3
            yield
            equal(results, [True, True, True], way)
            equal(host.take(), [], "after BYE")
            host.seen.clear()
            yield from greet(host)

    def greet(host):
        host.hello()
        yield
        host.take()
        host.ack()
        yield

    serve_async(conversation, get=stream_for_ever(results))


def test_exception_of_a_handler_that_lost_its_host():
    # ECONNRESET that a handler lets through is the way it should end, and nobody's concern.
    caught = []

    async def handler(reader, writer, request):
        await reader.read(1)

    def conversation(host):
        host.request(b"GET /get", end=False)
        yield
        host.send(CANCEL, b"\x01", 1)
        yield
        yield
        equal(caught, [])
        equal([kind for kind in host.kinds() if kind != CANCEL], [])

    serve_async(conversation, caught, get=handler)


def run_program(line, app, conversation, *others):
    # As programs do: tasks, run_forever(), and at the end, however it came, app.stop().
    host = Host(line, conversation)

    async def drive():
        while not host.closing and host.advance():
            for _ in range(3):
                await asyncio.sleep_ms(1)
                while line.input or not host.may_go_on():
                    await asyncio.sleep_ms(1)
        loop.stop()

    loop = fresh_loop()
    for other in others:
        loop.create_task(other)
    loop.create_task(app.start())
    loop.create_task(drive())
    left = None
    try:
        loop.run_forever()
    except KeyboardInterrupt as e:
        left = e
    finally:
        host.closing = True
        asyncio.run(app.stop())
        asyncio.new_event_loop()
    host.read()
    if host.failure:
        raise host.failure
    return host, left


def test_keyboard_interrupt_in_a_handler():
    for kind in (Line, Blocking, Trickle):
        line = kind()
        app = ahttpserver.HTTPServer(stream=line, **OPTIONS)
        beside = []

        @app.route("GET", "/stop")
        async def stop(reader, writer, request):
            await ahttpserver.HTTPResponse(200, "text/plain").send(writer)
            writer.write("stopping server")
            await writer.drain()
            raise KeyboardInterrupt

        @app.route("GET", "/wait")
        async def wait(reader, writer, request):
            await asyncio.sleep(100)

        async def own(beside=beside):
            while True:
                beside.append(1)
                await asyncio.sleep_ms(1)

        def conversation(host):
            host.request(b"GET /wait", stream=2)
            host.request(b"GET /stop", stream=1)
            yield
            raise AssertionError("the loop went on")

        host, left = run_program(line, app, session(conversation), own())
        assert isinstance(left, KeyboardInterrupt)
        assert len(beside) > 2, "the program's own task ran beside the server"
        frames = [frame for frame in host.take() if frame.kind in (DATA, BYE, CANCEL)]
        equal((frames[0].stream, frames[0].body), (1, b"200 text/plain\n\nstopping server"))
        assert frames[0].end
        stopping = [(frame.stream, frame.body[:1]) for frame in frames if frame.kind == CANCEL]
        equal(stopping, [(2, b"\x05")], "the handler that had not answered")
        equal(frames[-1].kind, BYE)
        assert frames[-1].body, "BYE says why"


def said_bye(host):
    host.read()
    return any(frame.kind == BYE for frame in host.got)


def test_stop_while_handlers_run():
    # Their clients must not take for whole what is not, and they must not go on for ever.
    line = Line()
    app = ahttpserver.HTTPServer(stream=line, **OPTIONS)
    over, ended = [], []

    @app.route("GET", "/stream")
    async def stream(reader, writer, request):
        await write(writer, b"event")
        await over[0].wait()
        while not await gone(write(writer, b"event")):
            await asyncio.sleep_ms(1)
        ended.append("stream")

    @app.route("POST", "/read")
    async def read(reader, writer, request):
        writer.write("200\n\npart")
        assert await gone(reader.read(1))
        ended.append("read")

    @app.route("GET", "/whole")
    async def whole(reader, writer, request):
        writer.write("whole")
        over[0].set()

    async def write(writer, data):
        writer.write(data)
        await writer.drain()

    async def stop():
        over[:] = [asyncio.Event()]
        await over[0].wait()
        await app.stop()

    def conversation(host):
        host.request(b"GET /stream", stream=1)
        host.request(b"POST /read", stream=2, end=False)
        yield
        host.request(b"GET /whole", stream=3)
        yield lambda: len(ended) == 2 and said_bye(host)

    host, _ = run_program(line, app, session(conversation), stop())
    equal(sorted(ended), ["read", "stream"])
    frames = host.take()
    equal(sorted((frame.stream, frame.kind) for frame in frames if frame.end), [(3, DATA)])
    cancels = [(frame.stream, frame.body[:1]) for frame in frames if frame.kind == CANCEL]
    equal(sorted(cancels), [(1, b"\x05"), (2, b"\x05")])
    equal([frame.body for frame in frames if frame.stream == 2][0], b"200\n\npart")
    equal(frames[-1].kind, BYE)


def test_handler_that_stops_the_server():
    # It answers yet; requests that come meanwhile do not run, and so does nothing else afterwards.
    line = Line()
    app = ahttpserver.HTTPServer(stream=line, **OPTIONS)
    go = []

    @app.route("GET", "/stop")
    async def stop(reader, writer, request):
        await app.stop()
        go[:] = [asyncio.Event()]
        await go[0].wait()
        writer.write("stopped")

    @app.route("GET", "/get")
    async def get(reader, writer, request):
        raise AssertionError("the server was stopped")

    def conversation(host):
        host.request(b"GET /stop", stream=1)
        yield lambda: go
        host.request(b"GET /get", stream=2)
        yield lambda: host.read() or host.expected != host.acknowledged
        frames = [(frame.kind, frame.stream, frame.body) for frame in host.take() if frame.kind != ACK]
        host.ack()
        go[0].set()  # or nothing would end the loop
        yield lambda: said_bye(host)
        equal(frames, [(CANCEL, 2, b"\x05")])

    host, _ = run_program(line, app, session(conversation))
    data, bye = [frame for frame in host.take() if frame.kind != ACK]
    equal((data.kind, data.stream, data.body, data.end), (DATA, 1, b"stopped", True))
    equal(bye.kind, BYE)


def test_handler_that_stops_and_starts_the_server():
    line = Blocking()
    app = ahttpserver.HTTPServer(stream=line, **OPTIONS)

    @app.route("GET", "/")
    async def again(reader, writer, request):
        await app.stop()
        await app.start()
        writer.write("again")

    def conversation(host):
        for _ in range(2):
            host.request(b"GET /")
            yield
            equal(host.answer(), (b"again", True))

    talk_async(app, line, session(conversation))


def test_stop_and_start_again():
    line = Blocking()
    app = ahttpserver.HTTPServer(stream=line, **OPTIONS)

    @app.route("GET", "/")
    async def root(reader, writer, request):
        writer.write("hello")

    def conversation(host):
        host.request(b"GET /")
        equal((yield from download(host)), b"hello")

    for _ in range(3):
        host = talk_async(app, line, session(conversation))
        equal([frame.kind for frame in host.take()], [BYE])


def test_line_that_gives_nothing():
    # A terminal whose other end is closed says that it can be read, and gives nothing: the loop must not
    # spin on it, the program's tasks run, and the link works when somebody opens the other end.
    class HungUp(Line):
        tries = 0

        def ioctl(self, request, argument):
            return Line.ioctl(self, request, argument) if self.tries > 1 or request != 3 else argument & 1

        def readinto(self, buffer, n=-1):
            self.tries += 1
            return Line.readinto(self, buffer, n)

    line = HungUp()
    app = ahttpserver.HTTPServer(stream=line, **OPTIONS)

    @app.route("GET", "/")
    async def root(reader, writer, request):
        writer.write("hello")

    def conversation(host):
        yield lambda: line.tries > 1
        host.hello()
        yield lambda: line.output
        yield
        host.take()
        host.request(b"GET /")
        equal((yield from download(host)), b"hello")
        assert line.tries < 60, "reads that gave nothing"

    talk_async(app, line, conversation)


harness.run(globals())
