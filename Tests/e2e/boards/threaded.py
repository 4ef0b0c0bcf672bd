# A board for tests, without asyncio: the same answers as the workshop's, where the tests need them.

import json
import sys
import time

from httpserver import HTTPResponse, HTTPServer

app = HTTPServer()
counts = {}


def count(request):
    key = request.parameters.get("id")
    if key is not None:
        counts[key] = counts.get(key, 0) + 1


@app.route("GET", "/hello")
def hello(conn, request):
    count(request)
    HTTPResponse(200, "text/plain").send(conn)
    conn.write("hello")


@app.route("POST", "/echo")
def echo(conn, request):
    count(request)
    HTTPResponse(200, "application/octet-stream").send(conn)
    while True:
        piece = conn.recv(400)
        if not piece:
            break
        conn.send(piece)


@app.route("GET", "/bytes")
def send_bytes(conn, request):
    count(request)
    HTTPResponse(200, "application/octet-stream").send(conn)
    left = int(request.parameters["n"])
    pattern = bytes(range(256))
    while left > 0:
        conn.write(pattern[: min(left, 256)])
        left -= 256


@app.route("GET", "/counts")
def get_counts(conn, request):
    HTTPResponse(200, "application/json").send(conn)
    conn.write(json.dumps(counts))


@app.route("GET", "/block")
def block(conn, request):
    time.sleep(int(request.parameters["s"]))
    HTTPResponse(200, "text/plain").send(conn)
    conn.write("awake")


@app.route("GET", "/exit")
def leave(conn, request):
    sys.exit(0)


app.start()
