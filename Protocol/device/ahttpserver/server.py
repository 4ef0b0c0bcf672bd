# The asyncio server: each request runs in a task of its own.

from asyncio import core, create_task

from boardlink.link import Link
from boardlink.server import HTTPRequest, HTTPServerError, InvalidRequest, Server

from .connection import Connection
from .loop import LinkQueue


class HTTPServer(Server):
    _queue = None

    async def start(self):
        if self._link is None:
            self._link = Link(self, "ahttpserver", *self._options)
        self._queue = core._io_queue = LinkQueue(self._link)
        self._link.greet()
        print("HTTP server started")

    async def stop(self):
        queue = self._queue
        if queue is None:
            print("HTTP server was not started")
            return
        self._queue = None
        queue.poller.unregister(queue.link.source)
        queue.map.pop(id(queue.link.source))
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
            if not (connection.lost and isinstance(e, OSError)):
                connection.error(e)
                raise
        finally:
            link.stepping = None
            try:
                if not connection.flush(True):
                    link.held = connection.closing = True
            except KeyboardInterrupt:
                link.held = connection.closing = True
                if not link.interrupted():
                    raise
