"""Handlers that hang, and what has to survive them."""

import asyncio

from ahttpserver import HTTPResponse, HTTPServer, sse

app = HTTPServer()
served = 0
ticks = 0


@app.route("GET", "/hello")
async def hello(reader, writer, request):
    global served
    served += 1
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write("%d %d" % (served, ticks))


def deep():
    while True:
        pass


@app.route("GET", "/spin")
async def spin(reader, writer, request):
    deep()


@app.route("GET", "/stubborn")
async def stubborn(reader, writer, request):
    for _ in range(2):
        try:
            deep()
        except KeyboardInterrupt:
            print("not yet")
    deep()


@app.route("GET", "/begin-and-spin")
async def begin_and_spin(reader, writer, request):
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write("begun")
    await asyncio.sleep(0)
    deep()


@app.route("GET", "/wait")
async def wait(reader, writer, request):
    await asyncio.sleep(3600)


@app.route("GET", "/stream")
async def stream(reader, writer, request):
    source = await sse.EventSource(reader, writer)
    while True:
        await source.send(data=str(ticks))
        await asyncio.sleep(0.1)


async def main():
    global ticks
    await app.start()
    while True:
        await asyncio.sleep(0.05)
        ticks += 1


asyncio.run(main())
