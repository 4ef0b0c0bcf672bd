# The server, for the smallest boards: the module itself is what HTTPServer() gives.

from gc import collect

import link
import server
from loop import routes, start  # noqa: F401

HTTPServerError = ValueError


def HTTPServer(*_, **__):
    # The seed's host, port, backlog and timeout are taken and mean nothing.
    return server


def route(method="GET", path="/"):
    collect()  # or keys would lie where a compiler's garbage ends, and cut the heap in pieces
    key = method + " " + path
    if key in routes:
        raise HTTPServerError(key)
    return lambda function: routes.setdefault(key, function)


def emit(name, data=""):
    if not link.open:
        return False
    while link.tx:
        link.step()
    link.send(13, 0, "%s\n%s" % (name, data), 0)
    return True
