# Handlers for the small package on the unix port; they misbehave when told to.

from time import sleep_ms

from httpserver import HTTPResponse, HTTPServer, HTTPServerError, sendfile

app = HTTPServer()
counts = {}  # by id: how often a handler ran


@app.route("GET", "/hello")
def hello(conn, request):
    key = request.parameters.get("id")
    counts[key] = counts.get(key, 0) + 1
    HTTPResponse(200, "text/plain", header={"X-Path": request.path}).send(conn)
    conn.write("hello")


@app.route("POST", "/echo")
def echo(conn, request):
    HTTPResponse(200, str(request.header[b"Content-Type"], "utf-8")).send(conn)
    while True:
        piece = conn.read(100)
        if not piece:
            break
        conn.write(piece)


@app.route("POST", "/lines")
def lines(conn, request):
    HTTPResponse(200, "text/plain").send(conn)
    while True:
        line = conn.readline()
        if not line:
            break
        conn.write("%d " % len(line))


@app.route("GET", "/counts")
def get_counts(conn, request):
    HTTPResponse(200, "text/plain").send(conn)
    conn.write(" ".join("%s=%d" % item for item in sorted(counts.items())))


@app.route("GET", "/emit")
def emit(conn, request):
    HTTPResponse(200, "text/plain").send(conn)
    conn.write(str(app.emit("button", request.parameters["data"])))


@app.route("GET", "/raise")
def raise_before(conn, request):
    raise ValueError("no answer yet")


@app.route("GET", "/file")
def file(conn, request):
    HTTPResponse(200, "text/plain").send(conn)
    sendfile(conn, "big.txt")


@app.route("GET", "/slowly")
def slowly(conn, request):
    HTTPResponse(200, "text/event-stream").send(conn)
    while True:
        sleep_ms(150)
        conn.write("data: tick\n\n")


try:
    app.route("GET", "/hello")
    raise AssertionError
except HTTPServerError:
    pass
