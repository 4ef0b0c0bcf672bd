# HTTP handlers as asyncio tasks, behind a Boardwalk gateway; the API of the seed library's ahttpserver.

from boardlink.server import HTTPResponse

from .sendfile import sendfile
from .server import HTTPServer, HTTPServerError
