# What else the seed's users do with asyncio: timeouts of their own, tasks that write to the clients of
# others, writers of their own, and a handler that stops the server.

import errno
import sys

import uasyncio as asyncio

from ahttpserver import HTTPResponse, HTTPServer, sendfile
from ahttpserver.response import reason
from ahttpserver.sse import EventSource

reason[503] = "Service Unavailable"
app = HTTPServer()
flag = asyncio.ThreadSafeFlag()
logs = []


class Counting:
    def __init__(self, writer):
        self.writer = writer
        self.count = 0

    def write(self, data):
        self.count += len(data)
        self.writer.write(data)

    async def drain(self):
        await self.writer.drain()


@app.route("GET", "/")
async def page(reader, writer, request):
    writer = Counting(writer)
    await HTTPResponse(200, "text/html").send(writer)
    writer.count = 0
    await sendfile(writer, "index.html")
    print("sent", writer.count)


@app.route("GET", "/three")
async def three(reader, writer, request):
    source = await EventSource(reader, Counting(writer))
    for n in range(3):
        await source.send(n, event="n")


@app.route("GET", "/timeout")
async def timeout(reader, writer, request):
    await asyncio.wait_for(asyncio.ThreadSafeFlag().wait(), 0.05)


@app.route("GET", "/reset")
async def reset(reader, writer, request):
    raise OSError(errno.ECONNRESET)


@app.route("GET", "/log")
async def log(reader, writer, request):
    await HTTPResponse(200, "text/plain").send(writer)
    logs.append(writer)
    while True:
        await asyncio.sleep(3600)


@app.route("GET", "/ticks")
async def ticks(reader, writer, request):
    await writer.awrite("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    try:
        while True:
            await writer.awrite("tick\n")
            await asyncio.sleep_ms(20)
    except OSError as e:
        print("ticks over:", e)


@app.route("GET", "/stop")
async def stop(reader, writer, request):
    await app.stop()
    await HTTPResponse(200, "text/plain").send(writer)
    await asyncio.sleep_ms(50)
    writer.write("stopped")
    await writer.drain()


async def main():
    await app.start()
    n = 0
    while True:
        try:
            await asyncio.wait_for(flag.wait(), 0.05)
        except asyncio.TimeoutError:
            n += 1
            for writer in logs:
                writer.write("line %d\n" % n)


def last_resort(loop, context):
    sys.print_exception(context["exception"])
    sys.exit()


asyncio.get_event_loop().set_exception_handler(last_resort)
asyncio.run(main())
