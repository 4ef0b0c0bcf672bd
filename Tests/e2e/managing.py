"""The API of managing as a client sees it."""

import http.client
import json
import time
from zlib import crc32

from lab import PATIENCE


def tag(data):
    """The ETag of a file with these bytes."""
    return '"%08x-%d"' % (crc32(data), len(data))


def problem(answer, status, kind):
    """Checks that an answer, or the data of a `problem` event, is this problem; returns it."""
    found = answer if isinstance(answer, dict) else answer.json
    assert (found["status"], found["type"]) == (status, "urn:boardwalk:problem:" + kind), found
    if not isinstance(answer, dict):
        assert answer.status == status
        assert answer.headers["Content-Type"] == "application/problem+json"
    return found


class Call:
    """A request in the event form, or one that is read as it comes."""

    def __init__(self, gateway, method, target, body=b"", accept="text/event-stream"):
        self.connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=PATIENCE)
        self.connection.request(method, target, body, {"Accept": accept})
        self.socket = self.connection.sock
        self.response = self.connection.getresponse()

    def next(self):
        """The next event's name and data; comments have the name "". None at the end."""
        name, data = "", None
        while True:
            line = self.response.readline().decode()
            if not line:
                return None
            if line == "\n":
                return name, data
            field, _, value = line.rstrip("\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                data = json.loads(value)

    def until(self, name):
        """Reads on to an event of this name; returns its data."""
        # Heartbeats would keep a read alive for ever.
        deadline = time.monotonic() + PATIENCE
        while True:
            event = self.next()
            assert event is not None, "the stream ended before " + name
            assert time.monotonic() < deadline, "no %s came" % name
            if event[0] == name:
                return event[1]

    def close(self):
        """Goes away."""
        self.response.close()
        self.connection.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Managed:
    """A board that is managed over a gateway's API."""

    def __init__(self, gateway, name="demo"):
        self.gateway = gateway
        self.root = "/api/v1/boards/%s/" % name

    def request(self, method, path, body=None, headers=(), **options):
        return self.gateway.request(method, self.root + path, body, headers, **options)

    def get(self, path, **headers):
        return self.request("GET", "files/" + path, headers=fields(headers))

    def head(self, path, **headers):
        return self.request("HEAD", "files/" + path, headers=fields(headers))

    def put(self, path, body=b"", **headers):
        return self.request("PUT", "files/" + path, body, fields(headers))

    def delete(self, path, **headers):
        return self.request("DELETE", "files/" + path, headers=fields(headers))

    def exec(self, code, query=""):
        return self.request("POST", "exec" + query, code.encode())

    def call(self, method, path, body=b"", **options):
        """A request in the event form that goes on; close it."""
        return Call(self.gateway, method, self.root + path, body, **options)

    def events(self, method, path, body=b""):
        """A request in the event form: what came before the last event, and that."""
        events = []
        with self.call(method, path, body) as call:
            assert call.response.status == 200
            assert call.response.headers["Content-Type"] == "text/event-stream"
            while (event := call.next()) is not None:
                if event[0]:
                    events.append(event)
        assert events[-1][0] in ("done", "problem")
        return events[:-1], events[-1]

    def works(self):
        """The board does what it is asked, whatever happened before."""
        assert self.exec("print(6 * 7)").json == {"output": "42\n", "error": ""}


def fields(headers):
    """Header fields of keyword arguments, as in `if_match`."""
    return {name.replace("_", "-"): value for name, value in headers.items()}
