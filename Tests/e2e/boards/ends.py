# A board whose server stops when it is asked to.

import asyncio

from ahttpserver import HTTPResponse, HTTPServer

app = HTTPServer()
over = asyncio.Event()


@app.route("GET", "/end")
async def end(reader, writer, request):
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write("bye")
    over.set()


async def main():
    await app.start()
    await over.wait()
    await app.stop()


asyncio.run(main())
