# A program as the seed's users write them, with asyncio; it runs here as it would run there.

import gc
import json
import time

import uasyncio as asyncio

from ahttpserver import HTTPResponse, HTTPServer, sendfile
from ahttpserver.sse import EventSource

app = HTTPServer()


@app.route("GET", "/")
async def start_page(reader, writer, request):
    response = HTTPResponse(200, "text/html", close=True)
    await response.send(writer)
    await sendfile(writer, "index.html")
    await writer.drain()
    try:
        [][0]
    except Exception as e:
        print("the page's own trouble:", e)


@app.route("GET", "/api/clock")
async def clock(reader, writer, request):
    source = await EventSource(reader, writer)
    while True:
        await asyncio.sleep_ms(50)
        t = time.localtime()
        try:
            await source.send(event="clock", data="%02d:%02d:%02d" % (t[3], t[4], t[5]))
        except Exception as e:
            print("clock over:", e)
            break


@app.route("GET", "/api/today")
async def today(reader, writer, request):
    response = HTTPResponse(200, "application/json", close=True)
    await response.send(writer)
    await writer.drain()
    t = time.localtime()
    writer.write(json.dumps({"year": t[0], "month": t[1], "day": t[2]}))
    await writer.drain()
    [][0]  # nobody catches this one


@app.route("GET", "/api/stop")
async def stop(reader, writer, request):
    response = HTTPResponse(200, "text/plain", close=True)
    await response.send(writer)
    writer.write("the server stops")
    await writer.drain()
    raise KeyboardInterrupt


async def chatter():
    n = 0
    while True:
        print("still here", n)
        n += 1
        await asyncio.sleep_ms(100)


async def sweep():
    while True:
        gc.collect()
        gc.threshold(gc.mem_free() // 4 + gc.mem_alloc())
        await asyncio.sleep(1)


if __name__ == "__main__":
    try:

        def last_resort(loop, context):
            import sys

            print("nobody caught:", repr(context["exception"]))
            sys.print_exception(context["exception"])
            sys.exit()

        loop = asyncio.get_event_loop()
        loop.set_exception_handler(last_resort)
        loop.create_task(chatter())
        loop.create_task(sweep())
        loop.create_task(app.start())
        loop.run_forever()
    except KeyboardInterrupt:
        pass
    finally:
        asyncio.run(app.stop())
        asyncio.new_event_loop()
