# The single-threaded server: start() blocks, and runs one handler after the other.

from errno import ECONNRESET, ETIMEDOUT
from time import sleep_ms, ticks_ms

from micropython import const

from boardlink.link import Link
from boardlink.server import HTTPRequest, HTTPResponse, HTTPServerError, InvalidRequest, Server
from boardlink.stream import Stream

from .connection import Connection

try:
    from _thread import allocate_lock, get_ident
except ImportError:
    allocate_lock = None
    get_ident = int

CONNECTION_CLOSE = const(0)
CONNECTION_KEEP_ALIVE = const(1)


class _SharedLink(Link):
    def __init__(self, *args):
        self._lock = allocate_lock()  # for frames
        self.writing = allocate_lock()  # for what streams have to send
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


class _SharedConnection(Connection):
    def __init__(self, link, number, body, complete):
        # The table of attributes must not grow for one thread while another looks: what changes is set now.
        self.out = b""
        self.body = body
        self.complete = complete
        self.over = self.lost = self.closing = self.detached = False
        self.credit = self.credit
        self.room = self.sent = self.used = self.started = 0
        self.seconds = self.head = None
        self.link = link
        self.number = number

    def _add(self, data):
        with self.link.writing:
            Stream.write(self, data)

    def flush(self, end=False):
        with self.link.writing:
            return Stream.flush(self, end)


class HTTPServer(Server):
    def start(self):
        if self._link is None:
            self._link = (_SharedLink if allocate_lock else Link)(self, "httpserver", *self._options)
        self._thread = get_ident()
        self._waiting = []  # requests that no handler runs for yet
        self._link.greet()
        print("HTTP server started")
        conn = self._running = None  # whose end has not been sent, and whose handler runs
        try:
            while True:
                try:
                    if self._waiting and not conn:
                        conn = self._running = self._waiting.pop(0)
                        self._serve(conn)
                    self._running = None
                    if conn:
                        if not conn.detached:
                            conn.close()
                        conn = None
                    self._pump(-1 if not self._waiting else 0)
                except KeyboardInterrupt as e:
                    if not self._link.interrupted(self._running, e):
                        raise
        except KeyboardInterrupt:
            pass
        finally:
            if conn:
                conn.closing = not conn.detached
            self._link.stop()
            print("HTTP server stopped")

    def _pump(self, ms):
        # Handles what the host sent; waits for it, at most so many ms, when there is nothing. Other threads
        # than the one that serves only wait, and are told for whose handler: were they to answer the host
        # while that hangs, nobody would interrupt it.
        if get_ident() != self._thread:
            sleep_ms(1)
            return self._running
        link = self._link
        if link.owe and not link.ready(0):
            link.acknowledge()
        if link.ready(ms) and link.step() is None:
            sleep_ms(100)  # nobody holds the line's other end

    # Called by the link

    def _begin(self, link, number, head, body, complete):
        conn = (_SharedConnection if allocate_lock else Connection)(link, number, body, complete)
        conn.head = head
        self._waiting.append(conn)
        return conn

    def _serve(self, conn):
        try:
            if conn.over:
                return
            conn.started = ticks_ms()
            conn.seconds = self.timeout
            request = HTTPRequest(conn.head)
            handler = self._routes.get((request.method, request.path))
            if handler:
                if handler(conn, request) == CONNECTION_KEEP_ALIVE:
                    conn.detached = True
                    conn.push()
            else:
                HTTPResponse(404).send(conn)
        except InvalidRequest as e:
            HTTPResponse(400, "text/plain").send(conn)
            conn.write(repr(e))
        except Exception as e:
            conn.error(e)
            if not isinstance(e, OSError) or e.errno not in (ECONNRESET, ETIMEDOUT):
                # As in the seed, it ends the server; the host has been told why.
                conn.close()
                raise
