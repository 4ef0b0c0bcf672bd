# Conversations of the host with a server on the board.
#
# A conversation is a generator function that gets the Host. It yields to let the board work until it
# has settled, or yields a function to wait, at most 5 s, until that returns true.

import asyncio
import os

from host import ACK, CREDIT, DATA, Host
from line import Blocking, Trickle

import ahttpserver
import httpserver

OPTIONS = {"body": 256, "slots": 4, "streams": 4}
FILE = (os.getenv("TMPDIR") or "/tmp") + "/boardwalk-sendfile"


def fresh_loop():
    asyncio.new_event_loop()
    return asyncio.get_event_loop()


def talk_async(app, line, conversation, handler=None):
    # Runs the conversation with an ahttpserver application; returns the Host. Another task of the same
    # event loop drives it, so what happens is the same each time.
    host = Host(line, conversation)

    async def drive():
        await app.start()
        while host.advance():
            moved, waits = line.moved, line.waits
            # Settled: nothing moved while the loop really waited, so that it asked the line more than once.
            # A loop that is late only looks, and the board does not acknowledge then.
            while line.input or line.moved != moved or line.waits < waits + 3 or not host.may_go_on():
                if line.input or line.moved != moved:
                    moved, waits = line.moved, line.waits
                await asyncio.sleep_ms(0 if line.input else 3)
            if host.closing:
                break
        await app.stop()

    loop = fresh_loop()
    loop.set_exception_handler(handler)
    try:
        loop.run_until_complete(drive())
    except KeyboardInterrupt:
        if not host.closing:
            raise
        loop.run_until_complete(app.stop())
    host.read()
    if host.failure:
        raise host.failure
    return host


def talk(app, line, conversation):
    # The same with an httpserver application: the conversation goes on whenever the board waits for input.
    host = Host(line, conversation)
    host.polled = True
    try:
        app.start()
    finally:
        host.read()
        if host.failure:
            raise host.failure
    return host


def session(conversation):
    # The conversation with the handshake before it.
    def whole(host):
        host.hello()
        yield
        host.take()
        host.ack()
        yield
        yield from conversation(host)

    return whole


def download(host, stream=1):
    # To be delegated to: acknowledges and grants credit until the response has ended; returns it.
    body, granted = b"", 16384
    while True:
        yield
        part, end = host.answer(stream)
        body += part
        if end:
            return body
        assert part, "nothing came after %d bytes" % len(body)
        if granted - len(body) < 8192:
            granted += 8192
            host.credit(8192, stream)
        else:
            host.ack()


def upload(host, data, size, granted, stream=1):
    # To be delegated to: sends all of data in frames of so many bytes, as far as the board grants it.
    # Returns how many CREDIT frames came.
    sent = credits = 0
    while sent < len(data):
        n = min(size, len(data) - sent, granted - sent)
        if n:
            host.send(DATA, data[sent : sent + n], stream, end=sent + n == len(data))
            sent += n
            if sent < len(data):
                continue
        yield
        for frame in host.take():
            assert frame.kind in (ACK, CREDIT, DATA), frame
            if frame.kind == CREDIT:
                granted += frame.body[0] | frame.body[1] << 8
                credits += 1
            elif frame.kind == DATA:
                host.got.append(frame)
        assert n or granted > sent, "no more credit after %d bytes" % sent
        host.ack()
    return credits


def with_routes(app, handlers):
    # A handler's name is its path; it answers GET and POST.
    for name in handlers:
        app.route("GET", "/" + name)(handlers[name])
        app.route("POST", "/" + name)(handlers[name])
    return app


def serve_async(conversation, caught=None, **handlers):
    # On a line that fills buffers and on one that gives byte by byte. Exceptions that reach the loop go to
    # the list caught.
    def catch(loop, context):
        caught.append(context["exception"])

    for kind in (Blocking, Trickle):
        line = kind()
        app = with_routes(ahttpserver.HTTPServer(stream=line, **OPTIONS), handlers)
        talk_async(app, line, session(conversation), catch if caught is not None else None)


def serve(conversation, **handlers):
    # The same with httpserver.
    for kind in (Blocking, Trickle):
        line = kind()
        app = with_routes(httpserver.HTTPServer(stream=line, **OPTIONS), handlers)
        talk(app, line, session(conversation))
