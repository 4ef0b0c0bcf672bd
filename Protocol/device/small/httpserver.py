# HTTP handlers behind a Boardwalk gateway for the smallest boards, the BBC micro:bit first of all; the API of
# the seed library's httpserver as far as it goes. Copy httpserver.py, link.py, connection.py, message.py,
# loop.py, server.py and main.py to the board, and your handlers as program.py.
#
# Compiling takes twice the size of a file without its comments, and leaves the heap in pieces, so there are
# several, and in this order. There is one request at a time, so modules are the server, the connection, the
# request and the response: classes would cost heap.

from gc import collect

from micropython import opt_level

opt_level(3)  # without line numbers
import link  # noqa: E402, F401, I001

collect()
from connection import sendfile  # noqa: E402, F401, I001

collect()
from message import HTTPResponse  # noqa: E402, F401, I001

collect()
import loop  # noqa: E402, F401, I001

collect()
from server import HTTPServer, HTTPServerError  # noqa: E402, F401, I001

collect()
opt_level(0)  # a program has them, for tracebacks
