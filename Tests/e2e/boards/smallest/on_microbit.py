# program.py for the BBC micro:bit.

import gc

from httpserver import HTTPResponse, HTTPServer, sendfile

app = HTTPServer()


@app.route("GET", "/free")
def free(conn, request):
    gc.collect()
    HTTPResponse(200, "text/plain").send(conn)
    conn.write("%d" % gc.mem_free())


@app.route("GET", "/try")
def attempt(conn, request):
    what = request.parameters.get("what")
    if what in ("emit", "hang"):
        app.emit("button", "a")
    elif what == "raise":
        raise ValueError(what)
    elif what == "fill":
        bytearray(10000)
    while what == "hang":
        pass
    HTTPResponse(200, "text/plain", header={"X-Path": request.path}).send(conn)
    for _ in range(200 if what == "long" else 1):
        conn.write("tried " + what)


@app.route("GET", "/file")
def file(conn, request):
    HTTPResponse(200, "text/plain").send(conn)
    for _ in range(20):
        sendfile(conn, "piece.txt")


@app.route("POST", "/echo")
def echo(conn, request):
    HTTPResponse(200, str(request.header[b"Content-Type"], "utf-8")).send(conn)
    while True:
        piece = conn.read(40)
        if not piece:
            break
        conn.write(piece)
