# The conformance application for the smallest boards, to be there as program.py; see README.md. One handler
# for nearly all of it, for each function costs heap, as does each constant.

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
    HTTPResponse(200, "text/event-stream" if path == "/events" else "text/plain").send(conn)
    if path == "/seen":
        conn.write("%s\n%s\n%s\n%s\n" % (request.method, path, request.query, a))
        conn.write(request.header.get(b"X-Conform", ""))
    if path == "/conformance":
        gc.collect()
        conn.write("conformance 1 free=%d " % gc.mem_free())
        conn.write("query parameters header head echo pieces events emit print hang")
    i = 0
    while path == "/events" and i < 5:
        conn.write("id: %d\nevent: tick\ndata: %d\n\n" % (i, i))
        sleep(150)
        i += 1
    while path == "/pieces" and i != int(a):
        conn.write("%07d\n" % i)
        i += 1
    if not i:
        conn.write("\n")  # all others end with a line's end


for path in "conformance", "seen", "pieces", "events", "emit", "print", "hang":
    app.route("GET", "/" + path)(get)
app.route("HEAD", "/seen")(get)


@app.route("POST", "/echo")
def echo(conn, request):
    HTTPResponse(200).send(conn)
    piece = 1
    while piece:
        piece = conn.read(40)
        conn.write(piece)
