# The single-threaded server: start() blocks, and runs one handler after the other.

from errno import ETIMEDOUT
from time import sleep_ms, ticks_ms

from micropython import const

from boardlink.link import Link
from boardlink.server import HTTPRequest, HTTPResponse, HTTPServerError, InvalidRequest, Server

from .connection import Connection

try:
    from _thread import allocate_lock
except ImportError:
    allocate_lock = None

CONNECTION_CLOSE = const(0)
CONNECTION_KEEP_ALIVE = const(1)


class _LockedLink(Link):
    # Handlers may leave threads behind that write while the main loop serves.

    def __init__(self, *args):
        self._lock = allocate_lock()
        Link.__init__(self, *args)

    def control(self, kind, number):
        with self._lock:
            Link.control(self, kind, number)

    def send(self, kind, stream, data, count=abs, n=0):
        with self._lock:
            return Link.send(self, kind, stream, data, count, n)

    def again(self, number):
        with self._lock:
            Link.again(self, number)


class HTTPServer(Server):
    def start(self):
        if self._link is None:
            self._link = (_LockedLink if allocate_lock else Link)(self, "httpserver", *self._options)
        self._waiting = []  # requests that no handler runs for yet
        self._link.greet()
        print("HTTP server started")
        conn = running = None  # whose end has not been sent, and whose handler runs
        try:
            while True:
                try:
                    if self._waiting and not conn:
                        conn = running = self._waiting.pop(0)
                        self._serve(conn)
                    running = None
                    if conn:
                        if not conn.detached:
                            conn.close()
                        conn = None
                    self._pump(-1 if not self._waiting else 0)
                except KeyboardInterrupt as e:
                    if not self._link.interrupted(running, e):
                        raise
        except KeyboardInterrupt:
            pass
        finally:
            self._link.stop()
            print("HTTP server stopped")

    def _pump(self, ms):
        # Handles what the host sent; waits for it, at most so many ms, when there is nothing.
        link = self._link
        if link.owe and not link.ready(0):
            link.acknowledge()
        if link.ready(ms) and link.step() is None:
            sleep_ms(100)  # nobody holds the line's other end

    # Called by the link

    def _begin(self, link, number, head, body, complete):
        conn = Connection(link, number, body, complete)
        conn.head = head
        self._waiting.append(conn)
        return conn

    def _serve(self, conn):
        try:
            if conn.over:
                return
            conn.started = ticks_ms()
            conn.seconds = self.timeout
            if allocate_lock:
                conn.share()
            request = HTTPRequest(conn.head)
            handler = self._routes.get((request.method, request.path))
            if handler:
                if handler(conn, request) == CONNECTION_KEEP_ALIVE:
                    conn.detached = True
            else:
                HTTPResponse(404).send(conn)
        except InvalidRequest as e:
            HTTPResponse(400, "text/plain").send(conn)
            conn.write(repr(e))
        except Exception as e:
            if not (conn.lost and isinstance(e, OSError)):
                conn.error(e)
                if not isinstance(e, OSError) or e.errno != ETIMEDOUT:
                    # As in the seed, it ends the server; the host has been told why.
                    conn.close()
                    raise
