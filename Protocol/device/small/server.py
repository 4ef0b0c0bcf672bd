# The server, for the smallest boards: the module itself is what HTTPServer() gives.

from gc import collect
from random import randrange

import link
from microbit import running_time

HTTPServerError = ValueError
# f + 10, a frame, is w: with an ACK besides it fits into the 63 bytes that the firmware's ring holds.
hello = "v=1\nb=%x\na=httpserver\nf=45\nw=55\nh=256\nq=1\nn=1\nk=45\nc=fletcher16" % randrange(1 << 29)
routes = {}


def HTTPServer(*_, **__):
    # The seed's host, port, backlog and timeout are taken and mean nothing.
    global connection, message
    import connection
    import message
    import server

    return server


def route(method="GET", path="/"):
    key = method + " " + path
    if key in routes:
        raise HTTPServerError(key)
    return lambda function: routes.setdefault(key, function)


def emit(name, data=""):
    if not link.open:
        return False
    while link.last:
        link.step()
    connection.send(0xEC, 128, "%s\n%s" % (name, data))
    return True


def fail(e):
    # Ends the server, as in the seed.
    while link.last:
        link.step()
    connection.send(0xF4, 129, repr(e))
    while link.last:
        link.step()
    link.open = 0
    connection.send(0xE4, 129, b"\x03")


def start():
    link.uart.init(115200)
    connection.send(0x8C, 128, b"\x80\x80\x80\x80" + hello)  # here I am
    try:
        while True:
            while not link.head:
                link.step()
                if link.new:
                    connection.send(0x8C, 128, link.seed + hello)
                    if link.new > 1:
                        connection.send(0xFE, 128, "\n".join(routes))
                    link.new = 0
                elif link.code and not link.last:
                    connection.send(0xE4, 129, bytes((link.code,)))
                    link.code = 0
            collect()
            link.open = 1
            message.read(link.head)
            link.head = None
            connection.time = running_time()
            connection.out = b""
            x = routes.get(message.method + " " + message.path)
            try:
                if x:
                    x(connection, message)
                else:
                    connection.out = b"404\n\n"
                connection.write(b"", 1)
            except Exception as e:
                if link.open:
                    fail(e)
                elif isinstance(e, OSError):
                    continue  # the stream is over
                raise
    except KeyboardInterrupt:
        pass
    finally:
        if link.seed:
            connection.send(0x94, 128, "stopped")
