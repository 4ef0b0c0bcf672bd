# The shortest program: no task but the server's.

import uasyncio as asyncio

from ahttpserver import HTTPResponse, HTTPServer, sendfile

app = HTTPServer()


@app.route("GET", "/")
async def start_page(reader, writer, request):
    response = HTTPResponse(200, "text/html", close=True)
    await response.send(writer)
    await sendfile(writer, "index.html")


loop = asyncio.get_event_loop()
asyncio.create_task(app.start())
loop.run_forever()
