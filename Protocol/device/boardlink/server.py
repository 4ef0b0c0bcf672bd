# What both servers are: routes, and handlers' requests and responses.

from micropython import const

_EVENT = const(13 << 3)  # the link's kind


class HTTPServerError(Exception):
    pass


class InvalidRequest(Exception):
    pass


class Server:
    # host, port and backlog are the seed's and mean nothing on a serial line; timeout is in seconds.
    # stream: a UART in place of stdin and stdout; body, slots, streams: see Link.

    _link = None

    def __init__(
        self, host="0.0.0.0", port=80, backlog=5, timeout=30, stream=None, body=512, slots=8, streams=16
    ):
        self.host = host
        self.port = port
        self.backlog = backlog
        self.timeout = timeout
        self._routes = {}
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
        link = self._link
        return link is not None and link.send(_EVENT, 0, ("%s\n%s" % (event, data)).encode()[: link.room])


class HTTPRequest:
    # Attributes and types are those of the seed library.

    version = "1.1"
    query = ""
    peer = "127.0.0.1"

    def __init__(self, head):
        # head: bytes, lines; the first is "METHOD target" and, or not, a third word: HTTP's version or, from
        # the link, the client's address.
        line, more, fields = head.partition(b"\n")
        words = line.split()  # as bytes: each str that is made is looked up among the interned ones
        n = len(words)
        if n == 3:
            word = words[2].decode()
            if word.startswith("HTTP/"):
                self.version = word[5:]
            else:
                self.peer = word
        elif n != 2:
            raise InvalidRequest("expected method and target in %s" % head)
        self.method = words[0].decode()
        self.url = self.path = url = words[1].decode()
        self.parameters = {}
        if "?" in url:
            self.path, self.query = url.split("?", 1)
            self.parameters = query(self.query)
        self.header = {}  # bytes to bytes
        if more:
            for line in fields.split(b"\n"):
                name, colon, value = line.partition(b":")
                if colon:
                    self.header[name] = value.strip()


def query(text):
    # "a=1&b=2" as a dict; the first of equal keys counts, a part without "=" is left out.
    found = {}
    for pair in text.split("&"):
        key, equals, value = pair.partition("=")
        if equals and key not in found:
            found[key] = value
    return found


class HTTPResponse:
    def __init__(self, status, mimetype=None, close=True, header=None):
        # close is the seed's; here the gateway keeps the client's connection as it sees fit.
        self.status = status
        self.mimetype = mimetype
        self.close = close
        self.header = {} if header is None else header

    def send(self, writer):
        # As bytes: each str that is made here would be looked up among the interned ones.
        data = b"%s %s" % (self.status, self.mimetype) if self.mimetype else b"%s" % self.status
        for name in self.header:
            data += b"\n%s: %s" % (name, self.header[name])
        writer.write(data + b"\n\n")
        # A writer of the user's may have write() alone; an empty dict is awaited at once.
        return getattr(writer, "drain", dict)()
