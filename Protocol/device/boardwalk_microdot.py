# Serves a Microdot application over the Boardwalk link instead of TCP: run(app) in place of app.run(), or
# await start_server(app) in place of await app.start_server(). Microdot itself is used as it is.

import asyncio
import sys
from io import BytesIO
from time import ticks_diff, ticks_ms

from microdot import Request, Response, abort
from microdot.microdot import NoCaseDict
from micropython import const

from ahttpserver.server import HTTPServer
from boardlink.link import Link

_ERROR = const(14 << 3)  # the link's kind
_PROMPT = const(20)  # ms: what was written while a body was made for so long goes out

_server = None


def run(app, **options):
    # Does not return before app.shutdown(). options: see Server in boardlink/server.py; stream is a UART.
    asyncio.run(start_server(app, **options))


async def start_server(app, **options):
    global _server
    _server = app.server = server = _Server(app, options)
    app.error_handlers.setdefault(Exception, _report)
    websocket = sys.modules.get("microdot.websocket")
    if websocket:
        websocket.WebSocket.handshake = _no_websocket
    await server.start()
    await server.over.wait()
    await server.stop()


def emit(event, data=""):
    # Tells everybody who listens at the gateway. False when no gateway is there or the line is full.
    return _server is not None and _server.emit(event, data)


def _report(request, exception):
    # For exceptions that the application has no handler for: the gateway gets the traceback, and the client,
    # since this returns None, Microdot's answer.
    connection = request.sock[1]
    if not connection.over:
        text = BytesIO()
        sys.print_exception(exception, text)
        connection.link.post(_ERROR, connection.number, text.getvalue()[-connection.link.room :])


async def _no_websocket(websocket):
    abort(501, "there are no WebSockets over a serial line; use microdot.sse")


class _Server(HTTPServer):
    def __init__(self, app, options):
        HTTPServer.__init__(self, **options)
        self.app = app
        self.over = asyncio.Event()
        self._routes = self

    async def start(self):
        self._link = Link(self, "microdot", *self._options)
        await HTTPServer.start(self)

    def close(self):
        # Called by app.shutdown().
        self.over.set()

    # The table of routes: those that the host is told, and one handler for all of them.

    def __iter__(self):
        for methods, pattern, *_ in self.app.url_map:
            for method in methods:
                yield method, pattern.url_pattern

    def get(self, key):
        return self._handle

    async def _handle(self, reader, writer, request):
        try:
            request = await self._request(reader, request)
        except OSError:
            raise  # the client has gone
        except Exception as e:
            sys.print_exception(e)
            request = None  # which Microdot answers with 400
        response = await self.app.dispatch_request(request)
        if response is not Response.already_handled:
            await self._respond(writer, response)

    async def _request(self, connection, request):
        headers = NoCaseDict({name.decode(): value.decode() for name, value in request.header.items()})
        size = int(headers.get("Content-Length", 0))
        body = b""
        if 0 < size <= Request.max_body_length:
            body = await connection.readexactly(size)
        return Request(
            self.app,
            connection.get_extra_info("peername"),
            request.method,
            request.url,
            request.version,
            headers,
            body=body,
            stream=None if body else connection,
            sock=(connection, connection),
        )

    async def _respond(self, connection, response):
        body = response.body_iter()
        try:
            response.complete()
            head = b"%d %s" % (response.status_code, response.headers["Content-Type"])
            for name, value in response.headers.items():
                if name.lower() != "content-type":
                    # A list when there are several, as of cookies.
                    for one in value if isinstance(value, list) else (value,):
                        head += b"\n%s: %s" % (name, one)
            connection.write(head + b"\n\n")
            if response.is_head:
                return
            # A generator's first piece does not wait for its second, which may take long.
            paused = None if hasattr(response.body, "__next__") else ticks_ms()
            async for piece in body:
                connection.write(piece)
                await connection.drain()
                if paused is None or ticks_diff(ticks_ms(), paused) > _PROMPT:
                    await asyncio.sleep_ms(0)
                    paused = ticks_ms()
        finally:
            # Also when the client has gone, which a write or drain says by OSError.
            if hasattr(body, "aclose"):
                await body.aclose()
