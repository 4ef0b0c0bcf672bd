# The least that a handler can do, with httpserver.

from httpserver import HTTPResponse, HTTPServer

app = HTTPServer()


@app.route("GET", "/")
def hello(conn, request):
    HTTPResponse(200, "text/plain").send(conn)
    conn.write("hello")


app.start()
