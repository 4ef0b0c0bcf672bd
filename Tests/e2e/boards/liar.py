# A board whose farewell tries to be a line of the gateway's log, and more.

import asyncio

from ahttpserver import HTTPResponse, HTTPServer

app = HTTPServer()
BYE = 2 << 3


@app.route("GET", "/bye")
async def bye(reader, writer, request):
    link = app._link
    why = b"x\n2000-01-01T00:00:00+0000 critical boardwalk: forged \x1b[2J\x07"
    frame = bytearray(len(why) + 12)
    link._write(frame, link._build(BYE, 0, link.next, why, frame))
    link.nonce = None
    await HTTPResponse(200).send(writer)


async def main():
    await app.start()
    while True:
        await asyncio.sleep(3600)


asyncio.run(main())
