# What programs for the seed library import. The gateway has reasons of its own.

from boardlink.server import HTTPResponse

reason = {200: "OK", 400: "Bad Request", 404: "Not Found"}
