# The conformance application with ahttpserver; see README.md.

import asyncio
import gc
import os

from ahttpserver import HTTPResponse, HTTPServer, sendfile
from ahttpserver.sse import EventSource

OFFERED = "query parameters header head echo pieces file events emit print raise hang concurrent"
FILE = "conformance.txt"

app = HTTPServer()


async def answer(writer, text):
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write(text)


@app.route("GET", "/conformance")
async def conformance(reader, writer, request):
    gc.collect()
    await answer(writer, "conformance 1\n%s\nfree=%d\n" % (OFFERED, gc.mem_free()))


@app.route("GET", "/seen")
@app.route("HEAD", "/seen")
async def seen(reader, writer, request):
    a = request.parameters.get("a", "")
    field = request.header.get(b"X-Conform", b"").decode()
    await answer(writer, "%s\n%s\n%s\n%s\n%s\n" % (request.method, request.path, request.query, a, field))


@app.route("POST", "/echo")
async def echo(reader, writer, request):
    await HTTPResponse(200, "application/octet-stream").send(writer)
    while True:
        piece = await reader.read(256)
        if not piece:
            break
        writer.write(piece)
        await writer.drain()


@app.route("GET", "/pieces")
async def pieces(reader, writer, request):
    await HTTPResponse(200, "text/plain").send(writer)
    n = int(request.parameters["a"])
    i = 0
    while i != n:
        writer.write("%07d\n" % i)
        await writer.drain()
        i += 1


@app.route("GET", "/file")
async def file(reader, writer, request):
    with open(FILE, "w") as f:
        for i in range(512):
            f.write("%07d\n" % i)
    try:
        await HTTPResponse(200, "text/plain").send(writer)
        await sendfile(writer, FILE)
    finally:
        os.remove(FILE)


@app.route("GET", "/events")
async def events(reader, writer, request):
    source = await EventSource(reader, writer)
    for i in range(5):
        await source.send(i, id=i, event="tick")
        await asyncio.sleep_ms(150)


@app.route("GET", "/emit")
async def emit(reader, writer, request):
    app.emit("conformance", request.parameters["a"])
    await answer(writer, "done")


@app.route("GET", "/print")
async def say(reader, writer, request):
    print(request.parameters["a"])
    await answer(writer, "done")


@app.route("GET", "/raise")
async def fail(reader, writer, request):
    raise ValueError("conformance")


@app.route("GET", "/hang")
async def hang(reader, writer, request):
    while True:
        pass


async def main():
    await app.start()
    while True:
        await asyncio.sleep(3600)


asyncio.run(main())
