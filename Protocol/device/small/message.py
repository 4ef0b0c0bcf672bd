# Requests and responses of the smallest boards: the module itself is the request that a handler gets.


def read(head):
    global method, url, path, query, parameters, header
    lines = head.split(b"\n")
    method, url = str(lines.pop(0), "utf-8").split(" ")[:2]
    header = {}  # bytes to bytes
    for x in lines:
        x = x.split(b":", 1)
        header[x[0]] = x[1].strip()
    path, query = (url + "?").split("?", 1)
    query = query[:-1]
    parameters = {}
    for x in query.split("&"):
        if "=" in x:
            parameters.setdefault(*x.split("=", 1))


class HTTPResponse:
    def __init__(self, status, mimetype=None, close=True, header=()):
        self.text = "%d %s" % (status, mimetype) if mimetype else str(status)
        for name in header:
            self.text += "\n%s: %s" % (name, header[name])

    def send(self, conn):
        conn.out = b"" + (self.text + "\n\n")
