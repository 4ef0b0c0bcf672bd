# A program as the seed's users write them, without asyncio.

import _thread
import json
import time

from httpserver import CONNECTION_KEEP_ALIVE, HTTPResponse, HTTPServer, sendfile
from httpserver.sse import EventSource

app = HTTPServer(timeout=10)


@app.route("GET", "/")
def start_page(conn, request):
    response = HTTPResponse(200, "text/html")
    response.send(conn)
    sendfile(conn, "index.html")


@app.route("GET", "/api/clock")
def clock(conn, request):
    def run(conn, source):
        while True:
            time.sleep(0.05)
            t = time.localtime()
            try:
                source.send(event="clock", data="%02d:%02d:%02d" % (t[3], t[4], t[5]))
            except Exception as e:
                print("clock over:", e)
                conn.close()
                break

    _thread.start_new_thread(run, (conn, EventSource(conn)))
    return CONNECTION_KEEP_ALIVE


@app.route("GET", "/api/today")
def today(conn, request):
    response = HTTPResponse(200, "application/json", close=True)
    response.send(conn)
    t = time.localtime()
    conn.write(json.dumps({"year": t[0], "month": t[1], "day": t[2]}))
    print([][0])  # ends the server


@app.route("GET", "/api/stop")
def stop(conn, request):
    response = HTTPResponse(200)
    response.send(conn)
    raise KeyboardInterrupt


if __name__ == "__main__":
    app.start()
