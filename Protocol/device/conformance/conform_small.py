# The conformance application for the smallest boards, to be there as program.py; see README.md. One handler
# for nearly all of it, for each function costs heap.

import gc

from microbit import sleep

from httpserver import HTTPResponse, HTTPServer

app = HTTPServer()


def get(conn, request):
    path = request.path
    a = request.parameters.get("a", "")
    while path == "/hang":
        pass
    if path == "/emit":
        app.emit("conformance", a)
    if path == "/print":
        print(a)
    kind = "event-stream" if path == "/events" else "plain"
    HTTPResponse(200, "text/" + kind).send(conn)
    if path == "/seen":
        field = request.header.get(b"X-Conform", b"")
        conn.write("%s\n%s\n%s\n%s\n" % (request.method, path, request.query, a))
        conn.write(field + b"\n")
    elif path == "/conformance":
        gc.collect()
        conn.write("conformance 1 query parameters header head echo pieces events")
        conn.write(" emit print hang free=%d\n" % gc.mem_free())
    elif path == "/events":
        for i in range(5):
            conn.write("id: %d\nevent: tick\ndata: %d\n\n" % (i, i))
            sleep(150)
    elif path == "/pieces":
        i = 0
        while i != int(request.parameters["n"]):
            conn.write("%07d\n" % i)
            i += 1
    else:
        conn.write("done")


for path in ("conformance", "seen", "pieces", "events", "emit", "print", "hang"):
    app.route("GET", "/" + path)(get)
app.route("HEAD", "/seen")(get)


@app.route("POST", "/echo")
def echo(conn, request):
    HTTPResponse(200, "text/plain").send(conn)
    while True:
        piece = conn.read(40)
        if not piece:
            break
        conn.write(piece)
