# The server, for the smallest boards: the module itself is what HTTPServer() gives.

from gc import collect
from random import randrange
from sys import print_exception

import connection
import link
import server
from microbit import running_time

HTTPServerError = ValueError
# f + 10, a frame, is w: with an ACK besides it fits into the 63 bytes that the firmware's ring holds.
hello = "v=1\nb=%x\na=httpserver\nf=45\nw=55\nh=256\nq=1\nn=1\nk=45\nc=fletcher16" % randrange(1 << 29)
routes = {}


def HTTPServer(*_, **__):
    # The seed's host, port, backlog and timeout are taken and mean nothing.
    global message
    import message  # not above: it is loaded later

    return server


def route(method="GET", path="/"):
    collect()  # or keys would lie where a compiler's garbage ends, and cut the heap in pieces
    key = method + " " + path
    if key in routes:
        raise HTTPServerError(key)
    return lambda function: routes.setdefault(key, function)


def emit(name, data=""):
    if not link.open:
        return False
    while link.tx:
        link.step()
    link.send(13, 0, "%s\n%s" % (name, data), 0)
    return True


def fail(e):
    # Tells the host why the handler has ended.
    link.open = 0
    while link.tx:
        link.step()
    link.send(14, 1, repr(e), 0)
    while link.tx:
        link.step()
    link.send(12, 1, bytes((link.code or 3,)), 0)
    link.code = 0


def start():
    link.uart.init(115200)
    link.send(1, 0, bytes((128,) * 4) + hello, 0)  # here I am
    try:
        while True:
            try:
                # The next head needs the memory that the last request is in.
                message.url = message.path = message.query = message.parameters = message.header = None
                collect()
                while not link.open:
                    link.step()
                    if link.new:
                        link.send(1, 0, link.seed + hello, 0)
                        if link.new > 1:
                            link.send(15, 0, "\n".join(routes), 2)
                        link.new = 0
                    elif link.code and not link.tx:
                        link.send(12, 1, bytes((link.code,)), 0)
                        link.code = 0
                message.read()
                collect()
                link.time = running_time()
                link.out = bytes()
                x = routes.get(message.method + " " + message.path)
                if x:
                    x(connection, message)
                else:
                    link.write("404\n\n")
                link.write("", 2)
            except KeyboardInterrupt as e:
                # The handler alone ends, if CANCEL says so: then it is not open any more, or the deadline
                # of one that ended is not long ago. CANCEL may have found a full ring: NAK brings it again.
                x = link.open
                n = running_time() + 250
                link.owe = link.seed and 4
                try:
                    while n > running_time() > link.late:
                        link.step()
                except OSError:
                    pass
                if running_time() > link.late and x <= link.open:
                    raise
                link.late = 0
                link.rx = bytes()  # behind CANCEL may be half a frame, whose end the ring had no room for
                if x:
                    print_exception(e)  # the firmware cannot write it anywhere but to the console
                    fail(e)
            except Exception as e:
                if link.open:
                    fail(e)
                elif isinstance(e, OSError):
                    continue  # the stream is over
                raise  # it ends the server, as in the seed
    except KeyboardInterrupt:
        pass
    finally:
        if link.seed:
            link.send(2, 0, "stopped", 0)
