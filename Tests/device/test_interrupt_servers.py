# An interrupt that comes too late hits the servers' own code. Wherever it does, the server serves on; a
# handler that was hit ends as by any exception, and only this one.

from time import ticks_add, ticks_ms

import points

points.load("ahttpserver", "httpserver")

import harness
from harness import equal
from host import CANCEL, DATA, ERROR
from line import Line
from points import point
from talks import OPTIONS, session, talk, talk_async, with_routes

import ahttpserver
import httpserver


def conversation(app, number, results):
    def whole(host):
        app._link.late = ticks_add(ticks_ms(), 60000)
        point.left = number
        host.request(b"POST /echo", b"abc", stream=1, end=False)
        yield
        host.send(DATA, b"def", 1, end=True)
        yield lambda: over(host, 1)
        host.request(b"GET /long", stream=2)
        yield lambda: over(host, 2)
        results.append(point.left < 0)
        point.left = -1
        app._link.late = None
        host.request(b"GET /get", stream=3)
        yield lambda: over(host, 3)
        results.extend(answer(host, stream) for stream in (1, 2, 3))

    return session(whole)


def over(host, stream):
    host.read()
    if host.expected != host.acknowledged:
        host.ack()
    return any(frame.stream == stream and (frame.end or frame.kind == CANCEL) for frame in host.got)


def answer(host, stream):
    # The body; None when the handler was hit, and the host has been told.
    frames = [frame for frame in host.got if frame.kind in (DATA, ERROR, CANCEL) and frame.stream == stream]
    if frames[-1].kind == CANCEL:
        equal(frames[-2].kind, ERROR)
        return None
    assert frames[-1].end, frames
    return b"".join(frame.body for frame in frames)


def check(struck, echo, long, get):
    assert echo in (None, b"abcdef"), echo
    assert long in (None, bytes(900)) and (long or echo), long
    equal(get, b"hello")
    return struck


def test_ahttpserver():
    async def echo(reader, writer, request):
        writer.write(await reader.read(-1))

    async def long(reader, writer, request):
        writer.write(bytes(900))
        await writer.drain()

    async def get(reader, writer, request):
        writer.write("hello")

    number = 0
    struck = True
    while struck:
        number += 1
        line = Line()
        handlers = {"echo": echo, "long": long, "get": get}
        app = with_routes(ahttpserver.HTTPServer(stream=line, **OPTIONS), handlers)
        results = []
        talk_async(app, line, conversation(app, number, results))
        struck = check(*results)
    assert number > 50


def test_httpserver():
    def echo(conn, request):
        conn.write(conn.read(-1))

    def long(conn, request):
        conn.write(bytes(900))

    def get(conn, request):
        conn.write("hello")

    number = 0
    struck = True
    while struck:
        number += 1
        line = Line()
        handlers = {"echo": echo, "long": long, "get": get}
        app = with_routes(httpserver.HTTPServer(stream=line, **OPTIONS), handlers)
        results = []
        talk(app, line, conversation(app, number, results))
        struck = check(*results)
    assert number > 45


harness.run(globals())
