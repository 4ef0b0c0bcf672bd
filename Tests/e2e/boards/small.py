# A board with little memory.

import asyncio

from ahttpserver import HTTPResponse, HTTPServer

app = HTTPServer()


@app.route("GET", "/hello")
async def hello(reader, writer, request):
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write("hello")


@app.route("POST", "/all-at-once")
async def all_at_once(reader, writer, request):
    body = await reader.read()
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write(str(len(body)))


@app.route("POST", "/count")
async def count(reader, writer, request):
    size = 0
    while True:
        piece = await reader.read(256)
        if not piece:
            break
        size += len(piece)
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write(str(size))


async def main():
    await app.start()
    while True:
        await asyncio.sleep(1)


asyncio.run(main())
