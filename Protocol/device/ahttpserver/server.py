# The asyncio server: one task reads the link, each request runs in a task of its own.

import asyncio
from asyncio import core

from boardlink.link import EVENT, Link
from boardlink.response import HTTPResponse
from boardlink.url import InvalidRequest, parse

from .connection import Connection
from .loop import LinkQueue


class HTTPServerError(Exception):
    pass


class HTTPServer:
    def __init__(
        self, host="0.0.0.0", port=80, backlog=5, timeout=30, stream=None, body=512, slots=8, streams=16
    ):
        # host, port, backlog and timeout are the seed's and mean nothing on a serial line.
        # stream: a UART in place of stdin and stdout; body, slots, streams: see Link.
        self._routes = {}
        self._link = None
        self._queue = None
        self._options = stream, body, slots, streams

    def route(self, method="GET", path="/"):
        if (method, path) in self._routes:
            raise HTTPServerError("route %s %s already registered" % (method, path))

        def register(function):
            self._routes[method, path] = function
            return function

        return register

    def emit(self, event, data=""):
        # Tells everybody who listens at the gateway. False when no gateway is there or the line is full.
        data = "%s\n%s" % (event, data)
        return self._link is not None and self._link.send(EVENT, 0, data.encode()[: self._link.room])

    async def start(self):
        if self._link is None:
            self._link = Link(self, "ahttpserver", *self._options)
        core._io_queue = self._queue = LinkQueue(self._link, core._io_queue)
        self._link.open()
        print("HTTP server started")

    async def stop(self):
        if self._queue is None:
            print("HTTP server was not started")
            return
        self._queue.leave()
        self._queue = None
        self._link.stop()
        print("HTTP server stopped")

    # Called by the link

    def _begin(self, link, number, head, body, complete):
        connection = Connection(link, number, head, body, complete)
        asyncio.create_task(self._serve(connection))
        return connection

    def _serve(self, connection):
        # Steps the handler itself, to send what it wrote whenever it pauses.
        failure = thrown = None
        try:
            request = connection.request = parse(connection.head)
            handler = self._routes.get((request.method, request.path))
            if handler:
                coroutine = handler(connection, connection, request)
                while True:
                    connection.stepping = True
                    if thrown:
                        coroutine.throw(thrown)
                    else:
                        coroutine.send(None)
                    connection.stepping = False
                    if connection.out and not connection.flush():
                        connection.link.held = True  # to be sent when there is room, not at the next step
                    thrown = None
                    try:
                        yield
                    except BaseException as e:
                        thrown = e
            connection.write("404\n\n")
        except StopIteration:
            pass
        except InvalidRequest as e:
            connection.write("400 text/plain\n\n%r" % e)
        except Exception as e:
            if not (connection.lost and isinstance(e, OSError)):
                failure = e
                connection.error(e)
        finally:
            connection.stepping = False
            if not connection.flush(True):
                # Also when the handler was cancelled, so not here.
                asyncio.create_task(connection.wait_closed())
        if failure:
            raise failure
