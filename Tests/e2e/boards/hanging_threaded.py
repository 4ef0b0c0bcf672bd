"""A handler that hangs, in the package without asyncio."""

from httpserver import HTTPResponse, HTTPServer

app = HTTPServer()
served = 0


@app.route("GET", "/hello")
def hello(conn, request):
    global served
    served += 1
    HTTPResponse(200, "text/plain").send(conn)
    conn.write(b"%d" % served)


def deep():
    while True:
        pass


@app.route("GET", "/spin")
def spin(conn, request):
    deep()


@app.route("GET", "/begin-and-spin")
def begin_and_spin(conn, request):
    HTTPResponse(200, "text/plain").send(conn)
    conn.write(b"begun")
    conn.push()
    deep()


app.start()
