# The asyncio server: each request runs in a task of its own.

from asyncio import core, create_task
from errno import ECONNRESET

from micropython import const

from boardlink.link import Link
from boardlink.server import HTTPRequest, HTTPResponse, HTTPServerError, InvalidRequest, Server

from .connection import Connection
from .loop import LinkQueue

_STOPPING = const(5)  # the link's code


class HTTPServer(Server):
    _queue = None
    _last = None  # the stream whose handler has called stop(): it may answer yet

    async def start(self):
        if self._link is None:
            self._link = Link(self, "ahttpserver", *self._options)
        self._last = None
        if core._io_queue is not self._queue:
            self._queue = core._io_queue = LinkQueue(self._link)
            self._link.greet()
        print("HTTP server started")

    async def stop(self):
        if self._queue is None:
            print("HTTP server was not started")
            return
        self._last = self._link.stepping
        if not self._last:
            core.IOQueue._dequeue(self._queue, self._link.source)
            self._queue = None
            self._link.stop()
            print("HTTP server stopped")

    # Called by the link

    def _begin(self, link, number, head, body, complete):
        connection = Connection(link, number, body, complete)
        create_task(self._serve(connection, head))
        return connection

    def _serve(self, connection, head):
        # Steps the handler itself, to send what it wrote whenever it pauses.
        link = connection.link
        coroutine = thrown = None
        try:
            if self._last:
                link.cancel(connection, _STOPPING)
            if connection.lost:
                return  # it was ended before its turn came
            request = connection.request = HTTPRequest(head)
            handler = self._routes.get((request.method, request.path))
            if handler:
                coroutine = handler(connection, connection, request)
                while True:
                    link.stepping = connection
                    if thrown:
                        coroutine.throw(thrown)
                    else:
                        coroutine.send(None)
                    link.stepping = None
                    try:
                        if connection.out and not connection.flush():
                            link.held = True  # to be sent when there is room, not at the next step
                    except KeyboardInterrupt:
                        link.held = True
                        if not link.interrupted():
                            raise
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
        except KeyboardInterrupt as e:
            if not link.interrupted(connection, e):
                raise
            if coroutine:
                coroutine.close()  # not the handler's code was hit, but that around it
        except Exception as e:
            connection.error(e)
            # As in the seed, the server alone gets to know of these.
            if not isinstance(e, core.TimeoutError) and (not isinstance(e, OSError) or e.errno != ECONNRESET):
                raise
        finally:
            link.stepping = None
            try:
                if not connection.flush(True):
                    link.held = connection.closing = True
                if connection is self._last:
                    yield from self.stop()
            except KeyboardInterrupt:
                link.held = connection.closing = True
                if not link.interrupted():
                    raise
