# Handlers as asyncio tasks: ahttpserver steps a handler's coroutine itself, so all that asyncio does to a
# task must still reach it: waiting, timeouts, cancellation, exceptions, and the end of the loop.

import asyncio
from errno import ECONNRESET

import ahttpserver
import harness
from harness import equal
from host import BYE, CANCEL, DATA, ERROR, Host, download, fresh_loop, session, talk_async
from line import Blocking, Line, Trickle

OPTIONS = {"body": 256, "slots": 4, "streams": 4}


def serve(conversation, handler, other=None, caught=None):
    # GET /get is for handler, GET /other for other. Exceptions that reach the loop go to the list caught.
    def catch(loop, context):
        caught.append(context["exception"])

    for kind in (Blocking, Trickle):
        line = kind()
        app = ahttpserver.HTTPServer(stream=line, **OPTIONS)
        app.route("GET", "/get")(handler)
        app.route("GET", "/other")(other)
        talk_async(app, line, session(conversation), catch if caught is not None else None)


async def gone(awaitable):
    # That the host has gone must come as the seed has it: OSError with ECONNRESET.
    try:
        await awaitable
    except OSError as e:
        equal(e.errno, ECONNRESET)
        return True
    return False


def test_waiting_in_handlers():
    event, lock = [], []

    async def handler(reader, writer, request):
        await asyncio.sleep(0)
        await asyncio.sleep_ms(2)
        event[0].set()
        async with lock[0]:
            writer.write("locked ")
        a, b = await asyncio.gather(part("a", 3), part("b", 1))
        writer.write(a + b)
        task = asyncio.create_task(part("c", 1))
        writer.write(await task)
        assert asyncio.current_task() is not task

    async def part(name, ms):
        await asyncio.sleep_ms(ms)
        return name

    async def other(reader, writer, request):
        async with lock[0]:
            await event[0].wait()
            writer.write("event")

    def conversation(host):
        event[:] = [asyncio.Event()]
        lock[:] = [asyncio.Lock()]
        host.request(b"GET /other", stream=2)
        host.request(b"GET /get")
        bodies = {1: b"", 2: b""}
        ends = []

        def both_end():
            for frame in [frame for frame in host.take() if frame.kind == DATA]:
                bodies[frame.stream] += frame.body
                ends.append(frame.stream) if frame.end else None
            return len(ends) == 2

        yield both_end
        equal(bodies, {1: b"locked abc", 2: b"event"})
        assert not lock[0].locked()

    serve(conversation, handler, other)


def test_wait_for():
    async def handler(reader, writer, request):
        writer.write(await asyncio.wait_for(soon(), 1))
        for wait in (never(), reader.read(5), reader.readline()):
            try:
                await asyncio.wait_for_ms(wait, 5)
                writer.write(" no timeout")
            except asyncio.TimeoutError:
                writer.write(" timeout")
        writer.write(await reader.read(-1))

    async def soon():
        await asyncio.sleep_ms(1)
        return "soon"

    async def never():
        await asyncio.Event().wait()

    def conversation(host):
        body = []
        host.request(b"GET /get", end=False)

        def timeouts():
            body.append(host.answer()[0])
            return b"".join(body).count(b"timeout") == 3

        yield timeouts
        equal(b"".join(body), b"soon timeout timeout timeout")
        host.ack()
        host.send(DATA, b" body", 1, end=True)
        yield
        equal(host.answer(), (b" body", True))

    serve(conversation, handler)


def test_cancelled_handler():
    # By another task. It may clean up, even with an await; cancellation while it waits for the link too.
    tasks, notes = {}, []

    async def handler(reader, writer, request):
        tasks[request.query] = asyncio.current_task()
        writer.write("begun")
        try:
            if request.query == "sleep":
                await asyncio.sleep(100)
            elif request.query == "read":
                await reader.read(1)
            else:
                while True:
                    writer.write(bytes(256))
                    await writer.drain()
        except asyncio.CancelledError:
            notes.append(request.query)
            await asyncio.sleep_ms(1)
            notes.append("cleaned")
            raise

    def conversation(host):
        for way in ("sleep", "read", "drain"):
            notes.clear()
            host.request(b"GET /get?" + way.encode(), end=False)
            yield
            assert host.answer()[0].startswith(b"begun")
            tasks[way].cancel()
            yield lambda: len(notes) == 2
            equal(notes, [way, "cleaned"])
            host.ack()
            yield
            assert tasks[way].done()
            frames = host.take()
            while frames and not frames[-1].end:
                host.ack()
                yield
                frames = host.take()
            equal([(frame.kind, frame.end) for frame in frames][-1:], [(DATA, True)])
            host.send(CANCEL, b"\x01", 1)
            yield
            host.take()

    serve(conversation, handler)


def test_handler_that_swallows_cancellation():
    tasks = []

    async def handler(reader, writer, request):
        tasks.append(asyncio.current_task())
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            await asyncio.sleep_ms(1)
        writer.write("still here")

    def conversation(host):
        tasks.clear()
        host.request(b"GET /get")
        yield
        tasks[0].cancel()
        yield lambda: host.line.output
        yield
        equal(host.answer(), (b"still here", True))

    serve(conversation, handler)


def test_exception_before_an_answer():
    caught = []

    async def handler(reader, writer, request):
        await asyncio.sleep_ms(1)
        raise ValueError("before")

    def conversation(host):
        caught.clear()
        host.request(b"GET /get")
        yield lambda: len(caught) == 1
        yield
        equal(repr(caught), "[ValueError('before',)]")
        error, cancel = host.take()
        equal((error.kind, error.stream, cancel.kind, cancel.stream), (ERROR, 1, CANCEL, 1))
        assert error.body.startswith(b"Traceback (most recent call last):\n"), error.body
        assert b"ValueError: before" in error.body
        equal(cancel.body[:1], b"\x03")
        host.request(b"GET /get", stream=2)  # the server goes on
        yield lambda: len(caught) == 2

    serve(conversation, handler, caught=caught)


def test_exception_behind_an_answer():
    # What was answered arrives, and ends: it may be all, as with the seed's demo that raises at the end.
    caught = []

    async def handler(reader, writer, request):
        writer.write("200\n\nhello")
        await writer.drain()
        await asyncio.sleep_ms(0)
        raise ValueError("é" * 300)

    def conversation(host):
        caught.clear()
        host.request(b"GET /get")
        yield lambda: caught
        yield
        frames = host.take()
        equal(b"".join(frame.body for frame in frames if frame.kind == DATA), b"200\n\nhello")
        (error,) = [frame for frame in frames if frame.kind == ERROR]
        equal(len(error.body), 256, "a traceback cut to fit")
        equal((frames[-1].kind, frames[-1].end), (DATA, True))

    serve(conversation, handler, caught=caught)


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
            yield lambda: way in (b"read", b"readline") or host.line.output
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

    serve(conversation, stream_for_ever(results))


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

    serve(conversation, stream_for_ever(results))


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

    serve(conversation, handler, caught=caught)


def run_program(line, app, conversation, *others):
    # As programs do: tasks, run_forever(), and at the end, however it came, app.stop().
    host = Host(line, conversation)

    async def drive():
        while not host.closing and host.advance():
            for _ in range(3):
                await asyncio.sleep_ms(1)
                while line.input or not host.may_go_on():
                    await asyncio.sleep_ms(1)

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

        async def own():
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


def test_stop_and_start_again():
    line = Blocking()
    app = ahttpserver.HTTPServer(stream=line, **OPTIONS)

    @app.route("GET", "/")
    async def root(reader, writer, request):
        writer.write("hello")

    def conversation(host):
        host.request(b"GET /")
        equal((yield from download(host)), b"hello")

    for turn in range(3):
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
