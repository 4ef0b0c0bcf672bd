# The conformance application with httpserver; see README.md.

import gc
import os
from time import sleep_ms

from httpserver import HTTPResponse, HTTPServer, sendfile
from httpserver.sse import EventSource

OFFERED = "query parameters header head echo pieces file events emit print raise hang"
FILE = "conformance.txt"

app = HTTPServer()


def answer(conn, text):
    HTTPResponse(200, "text/plain").send(conn)
    conn.write(text)


@app.route("GET", "/conformance")
def conformance(conn, request):
    gc.collect()
    answer(conn, "conformance 1\n%s\nfree=%d\n" % (OFFERED, gc.mem_free()))


@app.route("GET", "/seen")
@app.route("HEAD", "/seen")
def seen(conn, request):
    a = request.parameters.get("a", "")
    field = request.header.get(b"X-Conform", b"").decode()
    answer(conn, "%s\n%s\n%s\n%s\n%s\n" % (request.method, request.path, request.query, a, field))


@app.route("POST", "/echo")
def echo(conn, request):
    HTTPResponse(200, "application/octet-stream").send(conn)
    while True:
        piece = conn.recv(256)
        if not piece:
            break
        conn.write(piece)


@app.route("GET", "/pieces")
def pieces(conn, request):
    HTTPResponse(200, "text/plain").send(conn)
    n = int(request.parameters["a"])
    i = 0
    while i != n:
        conn.write("%07d\n" % i)
        i += 1


@app.route("GET", "/file")
def file(conn, request):
    with open(FILE, "w") as f:
        for i in range(512):
            f.write("%07d\n" % i)
    try:
        HTTPResponse(200, "text/plain").send(conn)
        sendfile(conn, FILE)
    finally:
        os.remove(FILE)


@app.route("GET", "/events")
def events(conn, request):
    source = EventSource(conn)
    for i in range(5):
        source.send(i, id=i, event="tick")
        sleep_ms(150)


@app.route("GET", "/emit")
def emit(conn, request):
    app.emit("conformance", request.parameters["a"])
    answer(conn, "done")


@app.route("GET", "/print")
def say(conn, request):
    print(request.parameters["a"])
    answer(conn, "done")


@app.route("GET", "/raise")
def fail(conn, request):
    raise ValueError("conformance")


@app.route("GET", "/hang")
def hang(conn, request):
    while True:
        pass


# An exception in a handler ends start(), as in the seed.
while True:
    try:
        app.start()
        break
    except ValueError:
        pass
