# What else the seed's users do without asyncio: connections that are kept, and that other handlers write to.

import errno

from httpserver import CONNECTION_KEEP_ALIVE, HTTPResponse, HTTPServer
from httpserver.response import CRLF, StatusLine
from httpserver.sse import EventSource

app = HTTPServer(timeout=10)
listeners = []


@app.route("GET", "/listen")
def listen(conn, request):
    listeners.append(EventSource(conn))
    listeners[-1].conn.write("data: welcome\n\n")
    return CONNECTION_KEEP_ALIVE


@app.route("GET", "/say")
def say(conn, request):
    for n in range(int(request.parameters["n"])):
        for listener in list(listeners):
            try:
                listener.send(n)
            except OSError:
                listeners.remove(listener)
    conn.write(StatusLine.OK_200 + CRLF)
    conn.write("%d listen" % len(listeners))


@app.route("GET", "/late")
def late(conn, request):
    raise OSError(errno.ETIMEDOUT)


@app.route("GET", "/stop")
def stop(conn, request):
    HTTPResponse(200, "text/plain").send(conn)
    conn.write("stopped")
    raise KeyboardInterrupt


app.start()
