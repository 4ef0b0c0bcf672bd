# A request as handlers see it; attributes and types are those of the seed library.


class InvalidRequest(Exception):
    pass


class HTTPRequest:
    version = "1.1"
    query = ""
    peer = "127.0.0.1"

    def __init__(self, line):
        # line: bytes, "METHOD target" and, or not, a third word (HTTP's version or the link's address).
        words = line.decode().split()
        if len(words) == 3:
            if words[2].startswith("HTTP/"):
                self.version = words[2][5:]
            else:
                self.peer = words[2]
        elif len(words) != 2:
            raise InvalidRequest("expected method and target in %s" % line)
        self.method = words[0]
        self.url = self.path = words[1]
        self.parameters = {}
        if "?" in words[1]:
            self.path, self.query = words[1].split("?", 1)
            self.parameters = query(self.query)
        self.header = {}  # bytes to bytes


def parse(head):
    # The request of a whole head as it came over the link.
    lines = head.split(b"\n")
    request = HTTPRequest(lines.pop(0))
    for line in lines:
        name, colon, value = line.partition(b":")
        if colon:
            request.header[name] = value.strip()
    return request


def query(text):
    # "a=1&b=2" as a dict; the first of equal keys counts, a part without "=" is left out.
    found = {}
    for pair in text.split("&"):
        key, equals, value = pair.partition("=")
        if equals and key not in found:
            found[key] = value
    return found
