# The server's loop, for the smallest boards: one request at a time, and what ends it early.
#
# `s`, a local, is the link: it is used so often that the three bytes less, each time, count.

from gc import collect
from random import randrange
from sys import print_exception

import connection
import link
import message
from microbit import running_time

# f + 10, a frame, is w: with an ACK besides it fits into the 63 bytes that the firmware's ring holds.
hello = "v=1\nb=%x\na=httpserver\nf=45\nw=55\nh=256\nq=1\nn=1\nk=45\nc=fletcher16" % randrange(1 << 29)
routes = {}  # handlers, by method and path


def fail(e):
    # Tells the host why the handler has ended.
    s = link
    s.open = 0
    s.body = bytes()
    while s.tx:
        s.step()
    s.send(14, 1, repr(e), 0)
    while s.tx:
        s.step()
    s.send(12, 1, bytes((s.code or 3,)), 0)
    s.code = 0


def start():
    s = link
    m = message
    s.uart.init(115200)
    s.send(1, 0, bytes((128,) * 4) + hello, 0)  # here I am
    try:
        while True:
            try:
                # The next head needs the memory that the last request is in.
                m.url = m.path = m.query = m.parameters = m.header = None
                collect()
                while not s.open:
                    s.step()
                    if s.new:
                        s.send(1, 0, s.seed + hello, 0)
                        if s.new > 1:
                            s.send(15, 0, "\n".join(routes), 2)
                        s.new = 0
                    elif s.code and not s.tx:
                        s.send(12, 1, bytes((s.code,)), 0)
                        s.code = 0
                m.read()
                collect()
                s.time = running_time()
                s.out = bytes()
                x = routes.get(m.method + " " + m.path)
                if x:
                    x(connection, m)
                else:
                    s.write("404\n\n")
                s.write("", 2)
            except KeyboardInterrupt as e:
                # The handler alone ends, if CANCEL says so: then it is not open any more, or the deadline
                # of one that ended is not long ago. CANCEL may have found a full ring: NAK brings it again.
                x = s.open
                n = running_time() + 250
                s.owe = s.seed and 4
                try:
                    while n > running_time() > s.late:
                        s.step()
                except OSError:
                    pass
                if running_time() > s.late and x <= s.open:
                    raise
                s.late = 0
                s.rx = bytes()  # behind CANCEL may be half a frame, whose end the ring had no room for
                if x:
                    print_exception(e)  # the firmware cannot write it anywhere but to the console
                    fail(e)
            except MemoryError as e:
                s.owe = 4  # the frame that found no room comes again; what has begun ends, and no more
                if s.open:
                    fail(e)
            except Exception as e:
                if s.open:
                    fail(e)
                elif isinstance(e, OSError):
                    continue  # the stream is over
                raise  # it ends the server, as in the seed
    except KeyboardInterrupt:
        pass
    finally:
        if s.seed:
            s.send(2, 0, "stopped", 0)
