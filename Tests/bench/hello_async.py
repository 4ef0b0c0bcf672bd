# The least that a handler can do, with ahttpserver.

import asyncio

from ahttpserver import HTTPResponse, HTTPServer

app = HTTPServer()


@app.route("GET", "/")
async def hello(reader, writer, request):
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write("hello")


async def main():
    await app.start()
    while True:
        await asyncio.sleep(3600)


asyncio.run(main())
