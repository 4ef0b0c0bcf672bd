# A board for tests, with asyncio: says what it was sent, and misbehaves when it is told to.

import asyncio
import json
import sys
import time
from binascii import crc32, hexlify

from ahttpserver import HTTPResponse, HTTPServer
from ahttpserver.sse import EventSource

app = HTTPServer()
ticks = asyncio.Event()
counts = {}  # by id: how often a handler ran
notes = {"flooded": 0, "fate": "", "hung": 0}


async def answer(writer, value):
    await HTTPResponse(200, "application/json").send(writer)
    writer.write(json.dumps(value))


def number(request, name, default=0):
    return int(request.parameters.get(name, default))


def count(request):
    key = request.parameters.get("id")
    if key is not None:
        counts[key] = counts.get(key, 0) + 1


@app.route("GET", "/")
@app.route("GET", "/hello")
async def hello(reader, writer, request):
    count(request)
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write("hello")


async def mirror(reader, writer, request):
    count(request)
    body = await reader.read()
    seen = {
        "method": request.method,
        "url": request.url,
        "path": request.path,
        "query": request.query,
        "parameters": request.parameters,
        "version": request.version,
        "header": [[k.decode(), v.decode()] for k, v in request.header.items()],
        "peer": writer.get_extra_info("peername"),
        "body": hexlify(body).decode(),
    }
    await HTTPResponse(200, "application/json", header={"X-Method": request.method}).send(writer)
    writer.write(json.dumps(seen))


for method in ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"):
    app.route(method, "/mirror")(mirror)


# Bodies


async def echo(reader, writer, request):
    count(request)
    await HTTPResponse(200, "application/octet-stream").send(writer)
    while True:
        piece = await reader.read(400)
        if not piece:
            break
        writer.write(piece)
        await writer.drain()


for method in ("PUT", "POST", "PATCH", "DELETE"):
    app.route(method, "/echo")(echo)


@app.route("POST", "/digest")
async def digest(reader, writer, request):
    count(request)
    size = crc = 0
    buffer = bytearray(512)
    while True:
        n = await reader.readinto(buffer)
        if not n:
            break
        size += n
        crc = crc32(memoryview(buffer)[:n], crc)
    await answer(writer, {"size": size, "crc": crc})


@app.route("GET", "/bytes")
async def send_bytes(reader, writer, request):
    # All byte values, again and again.
    count(request)
    await HTTPResponse(200, "application/octet-stream").send(writer)
    left = number(request, "n")
    pattern = bytes(range(256))
    while left > 0:
        writer.write(pattern[: min(left, 256)])
        await writer.drain()
        left -= 256


@app.route("POST", "/unread")
async def unread(reader, writer, request):
    count(request)
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write("not interested")


@app.route("POST", "/all-at-once")
async def all_at_once(reader, writer, request):
    # Needs as much memory as the body is long.
    await answer(writer, {"size": len(await reader.read())})


# Heads


@app.route("GET", "/status")
@app.route("HEAD", "/status")
async def status(reader, writer, request):
    await HTTPResponse(number(request, "code", 200), header={"ETag": '"7"'}).send(writer)
    if "body" in request.parameters:
        writer.write(request.parameters["body"])


@app.route("GET", "/length")
async def length(reader, writer, request):
    await HTTPResponse(200, "text/plain", header={"Content-Length": request.parameters["say"]}).send(writer)
    for _ in range(number(request, "send")):
        writer.write("x")
        await writer.drain()
        if "slow" in request.parameters:
            await asyncio.sleep_ms(1)


@app.route("GET", "/fields")
async def fields(reader, writer, request):
    header = {"Connection": "close, X-Own", "Keep-Alive": "timeout=1", "X-Own": "1", "Upgrade": "h2c"}
    await HTTPResponse(200, "text/plain", header=header).send(writer)
    writer.write("fields")


@app.route("POST", "/raw")
async def raw(reader, writer, request):
    # Sends the body back as the response, head and all.
    writer.write(await reader.read())
    await writer.drain()


# Time


@app.route("GET", "/events")
async def events(reader, writer, request):
    # Event n is made after POST /tick number n.
    await tell(await EventSource(reader, writer))


@app.route("GET", "/shared")
async def shared(reader, writer, request):
    # The same, for everybody at once.
    await tell(await EventSource(reader, writer, shared=True))


@app.route("GET", "/shared-many")
async def shared_many(reader, writer, request):
    source = await EventSource(reader, writer, shared=True)
    await asyncio.sleep_ms(300)
    for n in range(int(request.parameters["n"])):
        await source.send("%d %s" % (n, "y" * 250))


async def tell(source):
    n = 0
    try:
        while True:
            await ticks.wait()
            ticks.clear()
            await source.send("event %d" % n, id=n, event="tick")
            n += 1
    except OSError as e:
        notes["fate"] = "errno %d" % e.errno
        print("events ended by errno %d" % e.errno)
        raise


@app.route("POST", "/tick")
async def tick(reader, writer, request):
    ticks.set()
    await HTTPResponse(204).send(writer)


@app.route("GET", "/flood")
async def flood(reader, writer, request):
    # As much as the client takes.
    await HTTPResponse(200, "application/octet-stream").send(writer)
    piece = bytes(500)
    while True:
        writer.write(piece)
        await writer.drain()
        notes["flooded"] += len(piece)


@app.route("GET", "/notes")
async def get_notes(reader, writer, request):
    await answer(writer, notes)


@app.route("GET", "/counts")
async def get_counts(reader, writer, request):
    await answer(writer, counts)


@app.route("DELETE", "/counts")
async def forget_counts(reader, writer, request):
    counts.clear()
    await HTTPResponse(204).send(writer)


@app.route("GET", "/hang")
async def hang(reader, writer, request):
    notes["hung"] += 1
    try:
        await asyncio.Event().wait()
    finally:
        notes["hung"] -= 1


@app.route("GET", "/begin-and-hang")
async def begin_and_hang(reader, writer, request):
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write("begun")
    await writer.drain()
    print("has begun")
    while True:
        await asyncio.sleep_ms(50)
        writer.write("")
        await writer.drain()


@app.route("GET", "/sleep")
@app.route("HEAD", "/sleep")
async def sleep(reader, writer, request):
    count(request)
    await asyncio.sleep_ms(number(request, "ms"))
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write("slept")


@app.route("GET", "/block")
async def block(reader, writer, request):
    time.sleep(number(request, "s"))
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write("awake")


@app.route("GET", "/spin")
async def spin(reader, writer, request):
    while True:
        pass


# Trouble


@app.route("GET", "/raise")
async def raise_before(reader, writer, request):
    raise ValueError("no answer yet")


@app.route("GET", "/raise-late")
async def raise_after(reader, writer, request):
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write("a part")
    await writer.drain()
    await asyncio.sleep_ms(number(request, "ms"))
    raise ValueError("a part is out")


@app.route("GET", "/silent")
async def silent(reader, writer, request):
    pass


@app.route("GET", "/exit")
async def leave(reader, writer, request):
    sys.exit(number(request, "code"))


@app.route("POST", "/emit")
async def emit(reader, writer, request):
    data = await reader.read()
    done = app.emit(request.parameters["name"], data.decode())
    await answer(writer, done)


@app.route("POST", "/print")
async def say(reader, writer, request):
    print((await reader.read()).decode())
    await HTTPResponse(204).send(writer)


def quiet(loop, context):
    # asyncio's own handler prints; a line is enough here.
    print("task failed:", repr(context["exception"]))


async def main():
    asyncio.get_event_loop().set_exception_handler(quiet)
    await app.start()
    await asyncio.Event().wait()


asyncio.run(main())
