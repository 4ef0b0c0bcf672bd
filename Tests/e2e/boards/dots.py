# A board whose program is written for Microdot: what Microdot can do, and what it does when things fail.

import asyncio
import time

from boardwalk_microdot import emit, run
from microdot import Microdot, Request, Response, abort, redirect, send_file
from microdot.sse import with_sse
from microdot.websocket import with_websocket

app = Microdot()
api = Microdot()
private = Microdot()
notes = []  # what happened in the order in which it did
Request.max_content_length = 8000
Request.max_body_length = 3000


@app.get("/")
async def index(request):
    return "hello"


@app.get("/users/<int:id>")
def user(request, id):
    return {"id": id, "name": request.args.get("name"), "all": request.args.getlist("name")}


@app.route("/mirror", methods=["GET", "POST", "PUT"])
async def mirror(request):
    body = request.body
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query_string,
        "client": list(request.client_addr),
        "header": request.headers.get("x-colour"),
        "cookies": request.cookies,
        "type": request.content_type,
        "length": request.content_length,
        "body": body.decode(),
        "json": request.json,
        "form": {name: request.form.getlist(name) for name in request.form} if request.form else None,
    }


# Responses


@app.get("/status")
async def status(request):
    return "made", 201, {"X-Made": "yes"}


@app.get("/nothing")
async def nothing(request):
    return None


@app.get("/bytes")
async def send_bytes(request):
    return bytes(range(256)), {"Content-Type": "application/octet-stream"}


@app.get("/cookies")
async def cookies(request):
    response = Response("sweet")
    response.set_cookie("one", "1", path="/", http_only=True)
    response.set_cookie("two", "2")
    return response


@app.get("/file")
async def file(request):
    return send_file("big.txt")


@app.get("/away")
async def away(request):
    return redirect("/elsewhere")


# Streams


def numbers(count, pause):
    try:
        for n in range(count):
            yield "%d\n" % n
            time.sleep_ms(pause)
    finally:
        notes.append("generator closed")
        print("generator closed")


class Letters:
    # What takes the place of asynchronous generators, which MicroPython does not have.

    def __init__(self, count):
        self.left = count

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.left:
            raise StopAsyncIteration
        self.left -= 1
        await asyncio.sleep_ms(20)
        return b"abc"

    async def aclose(self):
        notes.append("iterator closed")
        print("iterator closed")


@app.get("/numbers")
async def stream_numbers(request):
    return numbers(request.args.get("n", 5, type=int), request.args.get("pause", 0, type=int))


@app.get("/letters")
async def stream_letters(request):
    return Letters(int(request.args.get("n", "5"))), {"Content-Type": "text/plain"}


@app.get("/events")
@with_sse
async def events(request, sse):
    try:
        for n in range(int(request.args["n"])):
            await sse.send({"n": n}, event="tick", event_id=str(n))
            await asyncio.sleep_ms(20)
        if "fail" in request.args:
            raise ValueError("no more events")
    except asyncio.CancelledError:
        print("events cancelled")
        raise


@app.post("/count")
async def count(request):
    size = total = 0
    while True:
        piece = await request.stream.read(500)
        if not piece:
            break
        size += len(piece)
        total += sum(piece)
    return {"in memory": len(request.body), "read": size, "sum": total}


# Errors


@app.get("/abort")
async def refuse(request):
    abort(403, "not you")


@app.get("/raise")
async def fail(request):
    return 1 // 0


@app.get("/unlucky")
async def unlucky(request):
    raise LookupError("nothing there")


@app.get("/raise-late")
async def fail_late(request):
    def pieces():
        yield "a part"
        raise ValueError("a part is out")

    return pieces()


@app.get("/hang")
async def hang(request):
    while True:
        pass


@app.errorhandler(LookupError)
async def not_there(request, exception):
    return {"problem": str(exception)}, 410


@app.errorhandler(404)
async def not_found(request):
    return {"missing": request.path}, 404


# Hooks and sub-applications


@app.before_request
async def before(request):
    request.g.began = "before"
    if request.path == "/closed":
        return "closed", 503


@app.after_request
async def after(request, response):
    response.headers["X-Hooks"] = request.g.began + " and after"


@app.after_error_request
async def after_error(request, response):
    response.headers["X-Error"] = "yes"


@app.get("/closed")
async def closed(request):
    return "never"


@api.get("/inside/<path:rest>")
async def inside(request, rest):
    return "%s in %s" % (rest, request.url_prefix)


@private.before_request
async def keep_out(request):
    if "Authorization" not in request.headers:
        abort(401)


@private.get("/secret")
async def secret(request):
    return "told"


app.mount(api, "/api")
app.mount(private, "/private", local=True)


@app.get("/socket")
@with_websocket
async def socket(request, ws):
    await ws.send("never")


@app.get("/notes")
async def get_notes(request):
    return notes


@app.post("/emit/<name>")
async def tell(request, name):
    return {"sent": emit(name, request.body.decode())}


@app.get("/shutdown")
async def shutdown(request):
    request.app.shutdown()
    return "shutting down"


print("emitted before the start:", emit("early"))
run(app)
print("after run")
