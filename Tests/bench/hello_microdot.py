# The least that a handler can do, with Microdot on TCP.

import os

from microdot import Microdot

app = Microdot()


@app.get("/")
async def hello(request):
    return "hello"


app.run(host="127.0.0.1", port=int(os.getenv("PORT")))
