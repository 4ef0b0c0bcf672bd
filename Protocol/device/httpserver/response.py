# What programs for the seed library import. The gateway has reasons of its own.

from boardlink.server import HTTPResponse

CRLF = b"\r\n"
reason = {200: "OK", 400: "Bad Request", 404: "Not Found"}


class StatusLine:
    OK_200 = b"HTTP/1.1 200 OK\r\n"
    BAD_REQUEST_400 = b"HTTP/1.1 400 Bad Request\r\n"
    NOT_FOUND_404 = b"HTTP/1.1 404 Not Found\r\n"


class ResponseHeader:
    CONNECTION_CLOSE = b"Connection: close\r\n"
    CONNECTION_KEEP_ALIVE = b"Connection: keep-alive\r\n"


class MimeType:
    TEXT_HTML = b"Content-Type: text/html\r\n"
    TEXT_EVENT_STREAM = b"Content-Type: text/event-stream\r\n"
    IMAGE_X_ICON = b"Content-Type: image/x-icon\r\n"
    APPLICATION_JSON = b"Content-Type: application/json\r\n"
