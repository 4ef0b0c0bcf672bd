# Handlers that hang and are interrupted: the host has sent CANCEL with the code of its deadline, and then 03.
# Here a handler itself raises what 03 raises, wherever it stands.

import asyncio

import harness
from harness import equal, raises
from host import ACK, BYE, CANCEL, DATA, ERROR, NAK, REQUEST, encode
from line import Blocking, Line, Trickle
from talks import OPTIONS, serve, serve_async, session, talk, talk_async, with_routes

import ahttpserver
import httpserver

HOSTS = []  # the Host of the conversation that is held


def hangs(code=2, stream=1, cut=0):
    # Hangs until the CANCEL has come, or its first bytes, and then 03.
    host = HOSTS[-1]
    if code:
        data = host.make(CANCEL, bytes((code,)), stream)
        host.line.put(data[:cut] if cut else data)
    raise KeyboardInterrupt


def with_host(conversation):
    # The conversation, known to hangs().
    def whole(host):
        HOSTS[:] = [host]
        yield from conversation(host)

    return whole


def both(conversation, handler, answer=None):
    # With both servers: /hang runs the function given, which gets what write() to call; /get says hello.
    async def hang(reader, writer, request):
        handler(writer)

    async def get(reader, writer, request):
        writer.write("hello")

    serve_async(with_host(conversation), [], hang=hang, get=get)
    serve(
        with_host(conversation),
        hang=lambda conn, request: handler(conn),
        get=lambda conn, request: conn.write("hello"),
    )


def ended(host, code=2):
    # The board has said where the handler was, and that it has ended.
    error, cancel = [frame for frame in host.take() if frame.kind not in (ACK, NAK)]
    equal((error.kind, error.stream, cancel.kind, cancel.stream), (ERROR, 1, CANCEL, 1))
    equal(cancel.body, bytes((code,)))
    # Cut to fit; what counts is its end.
    assert b", in hangs\nKeyboardInterrupt" in error.body, error.body


def serves_on(host, stream=1):
    host.request(b"GET /get", stream=stream)
    yield
    equal(host.answer(stream), (b"hello", True))


def test_a_handler_ends_alone():
    notes = []

    def handler(writer):
        try:
            hangs()
        finally:
            notes.append("cleaned up")

    def conversation(host):
        notes.clear()
        host.request(b"GET /hang")
        yield
        ended(host)
        equal(notes, ["cleaned up"])
        yield from serves_on(host)

    both(conversation, handler)


def test_behind_a_part_of_the_answer():
    def handler(writer):
        writer.write(b"200\n\n" + bytes(300))
        hangs()

    def conversation(host):
        host.request(b"GET /hang")
        yield
        frames = [frame for frame in host.take() if frame.kind != ACK]
        equal([frame.kind for frame in frames], [DATA, DATA, ERROR, CANCEL])
        equal(frames[-1].body, b"\x02")
        yield from serves_on(host)

    both(conversation, handler)


def test_when_the_client_had_gone_as_well():
    def conversation(host):
        host.request(b"GET /hang")
        yield
        ended(host, 1)
        yield from serves_on(host)

    both(conversation, lambda writer: hangs(1))


def test_its_exception_can_be_caught():
    # Then 03 comes again.
    def handler(writer):
        try:
            hangs()
        except KeyboardInterrupt:
            hangs(0)

    def conversation(host):
        host.request(b"GET /hang")
        yield
        ended(host)
        yield from serves_on(host)

    both(conversation, handler)


def asked_again(cut):
    # The board asks for the frame that it has not got, and gets it once more.
    def conversation(host):
        number = host.next + 1

        def heard():
            if encode(NAK, number=number, ack=number) in host.line.output:
                host.line.heard = None
                host.line.put(encode(CANCEL, b"\x02", 1, number=number, ack=host.expected))
                host.next = number + 1

        host.line.heard = heard
        host.request(b"GET /hang")
        yield lambda: host.line.heard is None
        yield
        ended(host)
        yield from serves_on(host)

    both(conversation, lambda writer: hangs(2 if cut else 0, 1, cut))


def test_cancel_that_got_lost():
    asked_again(0)


def test_cancel_of_which_the_buffer_took_a_part():
    for cut in (3, 8, 10):
        asked_again(cut)


def test_half_a_frame_into_which_the_cancel_went():
    # No handler runs, and nothing but the half frame says that the interrupt is no Ctrl-C.
    def conversation(host):
        number = host.next
        data = host.make(REQUEST, b"GET /get", 1, end=True)

        def heard():
            if encode(NAK, number=number, ack=number) in host.line.output:
                host.line.heard = None
                host.line.put(data)
                host.send(CANCEL, b"\x02", 1)

        host.line.heard = heard
        host.line.put(data[:12])
        yield
        host.line.strike = 1
        yield lambda: host.line.heard is None
        yield
        equal(host.kinds(), [NAK, CANCEL])
        host.request(b"GET /get", stream=2)
        yield lambda: len(host.line.output) > 15
        equal(host.answer(2), (b"hello", True))

    both(conversation, None)


def test_other_handlers_live_on():
    # asyncio: one waits and then writes, one reads; what they have survives.
    async def hang(reader, writer, request):
        hangs()

    async def wait(reader, writer, request):
        writer.write("begun ")
        body = await reader.read(-1)
        await asyncio.sleep_ms(1)
        writer.write(body)

    def conversation(host):
        host.request(b"POST /wait", b"a", stream=2, end=False)
        yield
        host.request(b"GET /hang")
        yield
        frames = [frame for frame in host.take() if frame.kind != ACK]
        equal([(f.kind, f.stream) for f in frames], [(DATA, 2), (ERROR, 1), (CANCEL, 1)])
        host.send(DATA, b"bc", 2, end=True)
        yield lambda: len(host.line.output) > 15
        equal(host.answer(2), (b"abc", True))

    serve_async(with_host(conversation), [], hang=hang, wait=wait)


def test_another_handler_is_hit():
    # The one past its deadline waits for it: the board serves on, and both clients learn why.
    def conversation(host):
        host.request(b"POST /wait", stream=2, end=False)
        yield
        host.request(b"GET /hang")
        yield
        frames = [frame for frame in host.take() if frame.kind != ACK]
        equal([(f.kind, f.stream) for f in frames], [(CANCEL, 2), (ERROR, 1), (CANCEL, 1)])
        equal((frames[0].body, frames[2].body), (b"\x02", b"\x03"))
        yield from serves_on(host)

    async def hang(reader, writer, request):
        hangs(2, 2)

    async def wait(reader, writer, request):
        await reader.read(-1)

    async def get(reader, writer, request):
        writer.write("hello")

    serve_async(with_host(conversation), [], hang=hang, wait=wait, get=get)


def test_too_late():
    # The handler has ended by itself; the interrupt hits the server, which takes it for what it is, once.
    def conversation(host):
        host.request(b"POST /wait", end=False)
        yield
        host.send(CANCEL, b"\x02", 1)
        yield
        equal(host.kinds(), [CANCEL])
        host.line.strike = 1
        yield
        assert host.line.strike < 0, "nothing was interrupted"
        equal(host.kinds(), [])
        yield from serves_on(host)
        host.line.strike = 1
        yield lambda: False

    async def wait(reader, writer, request):
        await reader.read(-1)

    async def get(reader, writer, request):
        writer.write("hello")

    def wait_sync(conn, request):
        conn.read(-1)

    for kind in (Line, Blocking, Trickle):
        line = kind()
        app = with_routes(ahttpserver.HTTPServer(stream=line, **OPTIONS), {"wait": wait, "get": get})
        raises(KeyboardInterrupt, talk_async, app, line, session(conversation))
        line = kind()
        handlers = {"wait": wait_sync, "get": lambda conn, request: conn.write("hello")}
        app = with_routes(httpserver.HTTPServer(stream=line, **OPTIONS), handlers)
        host = talk(app, line, session(conversation))
        equal(host.kinds(), [BYE])


def test_without_a_deadline_it_stops_the_program():
    def conversation(host):
        host.request(b"GET /hang")
        yield lambda: False

    async def hang(reader, writer, request):
        hangs(0)

    for kind in (Blocking, Trickle):
        line = kind()
        app = with_routes(ahttpserver.HTTPServer(stream=line, **OPTIONS), {"hang": hang})
        raises(KeyboardInterrupt, talk_async, app, line, session(with_host(conversation)))
        line = kind()
        handlers = {"hang": lambda conn, request: hangs(0)}
        app = with_routes(httpserver.HTTPServer(stream=line, **OPTIONS), handlers)
        host = talk(app, line, session(with_host(conversation)))
        equal([frame.kind for frame in host.take()], [NAK, CANCEL, BYE])


harness.run(globals())
