# HTTP handlers without asyncio, behind a Boardwalk gateway; the API of the seed library's httpserver.

from boardlink.server import HTTPResponse

from .sendfile import sendfile
from .server import CONNECTION_CLOSE, CONNECTION_KEEP_ALIVE, HTTPServer, HTTPServerError
