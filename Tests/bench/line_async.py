# Takes and sends as much as a line carries.

import asyncio

from ahttpserver import HTTPResponse, HTTPServer

app = HTTPServer()


@app.route("POST", "/sink")
async def sink(reader, writer, request):
    count = 0
    while True:
        piece = await reader.read(512)
        if not piece:
            break
        count += len(piece)
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write(str(count))


@app.route("GET", "/source")
async def source(reader, writer, request):
    left = int(request.parameters["n"])
    piece = bytes(range(256)) * 2
    await HTTPResponse(200, "application/octet-stream").send(writer)
    while left:
        n = min(left, len(piece))
        writer.write(piece[:n])
        left -= n
        await writer.drain()


async def main():
    await app.start()
    while True:
        await asyncio.sleep(3600)


asyncio.run(main())
