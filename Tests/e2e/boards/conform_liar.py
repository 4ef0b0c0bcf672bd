# A board that offers all of the conformance application, and does none of it right.

import asyncio

from ahttpserver import HTTPResponse, HTTPServer

OFFERED = "query parameters header head echo pieces file events emit print raise hang concurrent"

app = HTTPServer()


async def answer(writer, text, status=200):
    await HTTPResponse(status, "text/plain").send(writer)
    writer.write(text)


@app.route("GET", "/conformance")
async def conformance(reader, writer, request):
    await answer(writer, "conformance 1 " + OFFERED)


@app.route("GET", "/conformance/nothing")
async def nothing(reader, writer, request):
    await answer(writer, "something")


@app.route("GET", "/seen")
async def seen(reader, writer, request):
    await answer(writer, "GET\n/seen\n%s\nnothing\nnothing\n" % request.query[1:])


@app.route("HEAD", "/seen")
async def head(reader, writer, request):
    await answer(writer, "", 500)


@app.route("POST", "/echo")
async def echo(reader, writer, request):
    await answer(writer, (await reader.read())[:-1] + b"?")


@app.route("GET", "/pieces")
@app.route("GET", "/file")
async def pieces(reader, writer, request):
    await answer(writer, "".join("%07d\n" % i for i in range(100)))


@app.route("GET", "/events")
async def events(reader, writer, request):
    await HTTPResponse(200, "text/event-stream").send(writer)
    for i in range(5):
        writer.write("event: tick\ndata: %d\n\n" % i)


@app.route("GET", "/emit")
@app.route("GET", "/print")
async def emit(reader, writer, request):
    app.emit("conformance", "something else")
    app.emit("something else", request.parameters["a"])
    print("not " + request.parameters["a"])
    await answer(writer, "done")


@app.route("GET", "/raise")
@app.route("GET", "/hang")
async def fine(reader, writer, request):
    await answer(writer, "all is well")


async def main():
    await app.start()
    while True:
        await asyncio.sleep(3600)


asyncio.run(main())
