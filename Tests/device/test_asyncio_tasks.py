# Handlers as asyncio tasks: ahttpserver steps a handler's coroutine itself, so all that asyncio does to a
# task must still reach it: waiting, timeouts, cancellation, exceptions.

import asyncio
from errno import ECONNRESET, ETIMEDOUT

import harness
from harness import equal
from host import ACK, CANCEL, DATA, ERROR
from line import Line
from talks import (
    OPTIONS,
    fresh_loop,
    serve_async,
)

import ahttpserver


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

    serve_async(conversation, get=handler, other=other)


def test_what_was_written_goes_out_while_the_handler_waits():
    # It found no slot when the handler paused; the handler waits for something else, and does not drain.
    async def handler(reader, writer, request):
        writer.write(bytes(4 * 256 + 100))
        await asyncio.Event().wait()

    def conversation(host):
        host.request(b"GET /get")
        yield
        equal(len(host.answer()[0]), 4 * 256, "frames in four slots")
        host.ack()
        yield
        equal(host.answer(), (bytes(100), False))

    serve_async(conversation, get=handler)


def test_what_another_task_wrote_goes_out_at_once():
    # Without drain(), and while the handler sleeps.
    writers = []

    async def handler(reader, writer, request):
        writers[:] = [writer]
        await asyncio.Event().wait()

    def conversation(host):
        host.request(b"GET /get")
        yield
        for line in (b"one", b"two"):
            writers[0].write(line)
            yield
            equal(host.answer(), (line, False))
            host.ack()

    serve_async(conversation, get=handler)


def test_tasks_that_wait_for_other_streams():
    # Such as began to wait before the server's start, too: timeouts, cancellation, and what they wait for.
    notes = []

    async def wait(what, flag):
        try:
            await flag.wait()
        except asyncio.CancelledError:
            what += " cancelled"
            raise
        finally:
            notes.append(what)

    async def main():
        flags = [asyncio.ThreadSafeFlag() for _ in range(4)]
        tasks = [asyncio.create_task(wait("early", flag)) for flag in flags[:2]]
        await asyncio.sleep(0)
        app = ahttpserver.HTTPServer(stream=Quiet(), **OPTIONS)
        await app.start()
        tasks += [asyncio.create_task(wait("late", flag)) for flag in flags[2:]]
        for _ in range(2):
            try:
                await asyncio.wait_for_ms(asyncio.ThreadSafeFlag().wait(), 5)
            except asyncio.TimeoutError:  # noqa: UP041
                notes.append("timeout")
        for i in (0, 2):
            tasks[i].cancel()
            flags[i + 1].set()
            await tasks[i + 1]
        await app.stop()

    class Quiet(Line):
        def ioctl(self, request, argument):
            return 0

    fresh_loop().run_until_complete(main())
    equal(sorted(notes), ["early", "early cancelled", "late", "late cancelled", "timeout", "timeout"])


def test_wait_for():
    async def handler(reader, writer, request):
        writer.write(await asyncio.wait_for(soon(), 1))
        for wait in (never(), reader.read(5), reader.readline()):
            try:
                await asyncio.wait_for_ms(wait, 5)
                writer.write(" no timeout")
            except asyncio.TimeoutError:  # noqa: UP041, it is not the built-in one here
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

    serve_async(conversation, get=handler)


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

    serve_async(conversation, get=handler)


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

    serve_async(conversation, get=handler)


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
        error, cancel = [frame for frame in host.take() if frame.kind != ACK]
        equal((error.kind, error.stream, cancel.kind, cancel.stream), (ERROR, 1, CANCEL, 1))
        assert error.body.startswith(b"Traceback (most recent call last):\n"), error.body
        assert b"ValueError: before" in error.body
        equal(cancel.body[:1], b"\x03")
        host.request(b"GET /get", stream=2)  # the server goes on
        yield lambda: len(caught) == 2

    serve_async(conversation, caught, get=handler)


def test_exceptions_that_end_the_connection_alone():
    # As with the seed: a timeout, and a reset, of whatever connection. The host is told all the same.
    caught = []
    kinds = {
        b"timeout": asyncio.TimeoutError(),  # noqa: UP041
        b"reset": OSError(ECONNRESET),
        b"late": OSError(ETIMEDOUT),
    }

    async def handler(reader, writer, request):
        raise kinds[request.query.encode()]

    def conversation(host):
        caught.clear()
        for kind in (b"timeout", b"reset", b"late"):
            host.request(b"GET /get?" + kind)
            yield lambda kind=kind: caught or kind != b"late"
            error, cancel = [frame for frame in host.take() if frame.kind != ACK]
            equal((error.kind, cancel.kind, cancel.body[:1]), (ERROR, CANCEL, b"\x03"), kind)
            host.ack()
        equal([e.errno for e in caught], [ETIMEDOUT])

    serve_async(conversation, caught, get=handler)


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

    serve_async(conversation, caught, get=handler)


harness.run(globals())
