# The demo board: a page with a clock that the board drives, and a few things to ask it for.

import json
import time

import uasyncio as asyncio

from ahttpserver import HTTPResponse, HTTPServer, sendfile
from ahttpserver.sse import EventSource

app = HTTPServer()
visitors = 0


@app.route("GET", "/")
async def page(reader, writer, request):
    global visitors
    visitors += 1
    app.emit("visitor", visitors)
    await HTTPResponse(200, "text/html").send(writer)
    await sendfile(writer, "index.html")


@app.route("GET", "/api/time")
async def clock(reader, writer, request):
    events = await EventSource(reader, writer)
    while True:
        t = time.localtime()
        await events.send(event="time", data="%02d:%02d:%02d" % (t[3], t[4], t[5]))
        await asyncio.sleep(1)


@app.route("GET", "/api/date")
async def date(reader, writer, request):
    t = time.localtime()
    await HTTPResponse(200, "application/json").send(writer)
    writer.write(json.dumps({"year": t[0], "month": t[1], "day": t[2]}))


@app.route("POST", "/api/echo")
async def echo(reader, writer, request):
    mimetype = request.header.get(b"Content-Type", b"application/octet-stream").decode()
    await HTTPResponse(200, mimetype).send(writer)
    while True:
        piece = await reader.read(256)
        if not piece:
            break
        writer.write(piece)
        await writer.drain()


@app.route("GET", "/api/error")
async def error(reader, writer, request):
    return 1 // 0


async def uptime():
    minutes = 0
    while True:
        print("up for %d min, %d visitors" % (minutes, visitors))
        await asyncio.sleep(60)
        minutes += 1


async def main():
    await app.start()
    await uptime()


asyncio.run(main())
