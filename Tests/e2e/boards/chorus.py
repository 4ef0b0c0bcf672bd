# A board whose event streams all get the same events.

import asyncio

from ahttpserver import HTTPResponse, HTTPServer
from ahttpserver.sse import EventSource

app = HTTPServer()
news = asyncio.Event()
turn = -1


@app.route("GET", "/events")
async def events(reader, writer, request):
    source = await EventSource(reader, writer)
    while True:
        await news.wait()
        await source.send("all %d" % turn)


@app.route("POST", "/all")
async def all_of_them(reader, writer, request):
    global turn
    turn += 1
    news.set()
    news.clear()
    await HTTPResponse(204).send(writer)


async def main():
    await app.start()
    await asyncio.Event().wait()


asyncio.run(main())
